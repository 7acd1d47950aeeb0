/* SPDX-License-Identifier: MIT */
/* Which module becomes which domain, and the hypervisor's own options, by table. */
#include "unit.h"
#include "boot/options.h"
#include "boot_check.h"

static struct boot_info info;
static struct domain_options plan[4];
static size_t count;

/* Module strings, ended by NULL. */
static int plan_of(const char *const *strings)
{
    boot_info_init(&info);
    for (; *strings; strings++)
        boot_info_add_module(&info, 1, 2, *strings);
    memset(plan, 0xee, sizeof(plan));
    return boot_try(count = options_plan_domains(&info, plan, ARRAY_SIZE(plan)));
}

#define PLAN(...) plan_of((const char *const[]){ __VA_ARGS__, NULL })

static void all_options(void **state)
{
    (void)state;
    assert_int_equal(PLAN("domain=web memory=100M vcpus=4 weight=512 explain=off trace=ring  root=/dev/xvda  x",
                          "ramdisk anything", "domain=b", "domain=c explain=on trace=on -- memory=1 y"), 0);
    assert_int_equal(count, 3);
    assert_string_equal(plan[0].name, "web");
    assert_int_equal(plan[0].memory, MIB(100));
    assert_int_equal(plan[0].vcpus, 4);
    assert_int_equal(plan[0].weight, 512);
    assert_int_equal(plan[0].explain, 0);
    assert_true(plan[0].trace == 2 && plan[1].trace == 0 && plan[2].trace == 1);
    assert_string_equal(plan[0].cmdline, "root=/dev/xvda  x");
    assert_ptr_equal(plan[0].kernel, &info.modules[0]);
    assert_ptr_equal(plan[0].ramdisk, &info.modules[1]);
    assert_string_equal(plan[1].name, "b");
    assert_int_equal(plan[1].memory, OPTIONS_MEMORY_DEFAULT);
    assert_int_equal(plan[1].vcpus, 1);
    assert_int_equal(plan[1].weight, OPTIONS_WEIGHT_DEFAULT);
    assert_int_equal(plan[1].explain, OPTIONS_UNSET);
    assert_string_equal(plan[1].cmdline, "");
    assert_null(plan[1].ramdisk);
    assert_int_equal(plan[2].explain, 1);
    assert_string_equal(plan[2].cmdline, "memory=1 y");
}

static void conveniences(void **state)
{
    (void)state;
    assert_int_equal(PLAN("console=hvc0 quiet", ""), 0);
    assert_int_equal(count, 1);
    assert_string_equal(plan[0].name, "dom0");
    assert_string_equal(plan[0].cmdline, "console=hvc0 quiet");
    assert_ptr_equal(plan[0].ramdisk, &info.modules[1]);

    assert_int_equal(PLAN(""), 0);
    assert_string_equal(plan[0].cmdline, "");
    assert_int_equal(PLAN("memory=8M"), 0);
    assert_int_equal(plan[0].memory, MIB(8));
    assert_int_equal(PLAN("memory=5000000"), 0);
    assert_int_equal(plan[0].memory, 5000000 / 4096 * 4096);
    /* The guest's own words are left alone even if they look like ours. */
    assert_int_equal(PLAN("domain=a quiet memory=1Q explain"), 0);
    assert_string_equal(plan[0].cmdline, "quiet memory=1Q explain");
    assert_int_equal(PLAN("domain=a explain"), 0);
    assert_string_equal(plan[0].cmdline, "explain");
}

static void privilege(void **state)
{
    (void)state;
    assert_int_equal(PLAN("domain=a", "domain=b privileged=off"), 0);
    assert_true(plan[0].privileged && !plan[1].privileged);
    assert_int_equal(PLAN("domain=a privileged=on", "domain=b"), 0);
    assert_true(plan[0].privileged && !plan[1].privileged);
    assert_int_equal(PLAN("domain=a privileged=off", "domain=b"), 0);
    assert_true(!plan[0].privileged && !plan[1].privileged);
}

static void refusals(void **state)
{
    static const struct {
        const char *modules[6];
        const char *message;
    } table[] = {
        { { "ramdisk" }, "module 0: a ramdisk with no guest" },
        { { "domain=a", "ramdisk", "ramdisk" }, "module 2: domain a already has a ramdisk" },
        { { "domain=a", "x", "y" }, "module 2: domain a already has a ramdisk" },
        { { "domain=a", "domain=a" }, "a second domain is named a" },
        { { "x", "domain=dom0" }, "a second domain is named dom0" },
        { { "domain=a", "memory=64M x" }, "no domain=NAME" },
        { { "domain=a", "domain=b", "domain=c", "domain=d", "domain=e" }, "more than 4 domains" },
        { { "domain=a", "domain=b privileged=on" }, "only the first domain" },
        { { "domain= x" }, "cannot be a name" },
        { { "domain=a/b" }, "cannot be a name" },
        { { "domain=\"a b\"" }, "cannot be a name" },
        { { "domain=12345678901234567890123456789012" }, "cannot be a name" },
        { { "memory=64Q" }, "memory=64Q cannot be used; write memory=64M" },
        { { "memory=" }, "memory= cannot be used" },
        { { "memory=4k" }, "memory=4k cannot be used" },
        { { "memory=99999999T" }, "cannot be used" },
        { { "vcpus=0" }, "vcpus=0 cannot be used; write vcpus=2 (1 to 32)" },
        { { "vcpus=33" }, "vcpus=33" },
        { { "weight=65536" }, "weight=65536" },
        { { "explain=perhaps" }, "explain=perhaps" },
        { { "explain=" }, "explain= cannot be used" },
        { { "trace=all" }, "trace=all cannot be used; write trace=on, trace=ring or trace=off" },
        { { NULL }, "no guest" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        assert_int_equal(plan_of(table[i].modules), -1);
        assert_contains(err.text, table[i].message);
    }
}

static struct hypervisor_options options;

static int hypervisor_of(const char *line)
{
    return boot_try(options_parse_hypervisor(line, &options));
}

static void hypervisor(void **state)
{
    (void)state;
    assert_int_equal(hypervisor_of(""), 0);
    assert_int_equal(options.loglvl, 2);
    assert_int_equal(options.maxcpus, OPTIONS_UNSET);
    assert_true(options.smap && options.pcid && !options.explain && !options.noreboot && !options.exit_debug_port);
    assert_int_equal(options.unknown.len, 0);

    assert_int_equal(hypervisor_of("loglvl=debug explain=on noreboot smap=off pcid=off maxcpus=4 spec-ctrl=off exit=debug-port "
                                   "odd=1 other"), 0);
    assert_int_equal(options.loglvl, 3);
    assert_int_equal(options.maxcpus, 4);
    assert_true(!options.smap && !options.pcid && options.explain && options.noreboot && options.exit_debug_port);
    assert_int_equal(options.spec_ctrl, 3);
    assert_true(parse_equal(options.unknown, "odd"));

    for (int on = 0; on < 2; on++) {
        static const char *const words[2][4] = {{"off", "no", "false", "0"}, {"on", "yes", "true", "1"}};

        for (int i = 0; i < 4; i++) {
            char line[16];

            snprintf(line, sizeof(line), "rows=%s", words[on][i]);
            assert_int_equal(hypervisor_of(line), 0);
            assert_int_equal(options.rows, on);
        }
    }
    assert_int_equal(hypervisor_of("rows=o"), -1);
    assert_int_equal(hypervisor_of("rows="), -1);
    assert_int_equal(hypervisor_of("exit"), -1);

    assert_int_equal(hypervisor_of("loglvl=0"), 0);
    assert_int_equal(options.loglvl, 0);
    assert_int_equal(hypervisor_of("loglvl=loud"), -1);
    assert_contains(err.text, "loglvl=loud");
    assert_int_equal(hypervisor_of("exit=door"), -1);
    assert_contains(err.text, "exit=door");
    assert_int_equal(hypervisor_of("spec-ctrl=some"), -1);
    assert_contains(err.text, "spec-ctrl=some cannot be used; write spec-ctrl=auto, on, unsplit or off");
    assert_int_equal(hypervisor_of("maxcpus=0"), -1);
}

static void attack(void **state)
{
    static const char words[] = "domain=a memory=64M vcpus=2 weight=3 explain=on -- \"ramdisk'";
    uint64_t seed = 99;

    (void)state;
    for (int i = 0; i < 50000; i++) {
        char text[3][80];

        for (int m = 0; m < 3; m++) {
            size_t from = unit_below(&seed, sizeof(words)), len = sizeof(words) - from;

            memcpy(text[m], words + from, len);
            if (len > 1 && unit_below(&seed, 2))
                unit_damage(&seed, (uint8_t *)text[m], len - 1);
        }
        err.text[0] = '\0';
        if (PLAN(text[0], text[1], text[2]) == 0) {
            assert_in_range(count, 1, 3);
            for (size_t d = 0; d < count; d++) {
                assert_in_range(plan[d].vcpus, 1, OPTIONS_VCPUS_MAX);
                assert_in_range(strlen(plan[d].name), 1, OPTIONS_NAME_MAX - 1);
                assert_in_range(plan[d].memory, OPTIONS_MEMORY_MIN, BOOT_ADDRESS_LIMIT);
            }
        } else {
            assert_int_not_equal(err.text[0], '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_options),
        cmocka_unit_test(conveniences),
        cmocka_unit_test(privilege),
        cmocka_unit_test(refusals),
        cmocka_unit_test(hypervisor),
        cmocka_unit_test(attack),
    };

    return cmocka_run_group_tests_name("boot_options", tests, NULL, NULL);
}
