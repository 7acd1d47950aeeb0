/* SPDX-License-Identifier: MIT */
/* Multiboot1: what QEMU and GRUB give, parts out of reach, damage, and random damage. */
#include "unit.h"
#include "images.h"
#include "boot_check.h"

static struct boot_info info;

static int parse(struct mb1 *m)
{
    struct boot_view view = { .bytes = m->memory.data, .start = MB1_BASE, .size = m->memory.size };

    memset(&err, 0, sizeof(err));
    boot_info_init(&info);
    return boot_try(multiboot1_parse(&view, m->info, &info));
}

static void set(struct mb1 *m, uint32_t address, uint32_t value)
{
    bytes_set32(&m->memory, address - MB1_BASE, value);
}

static void refused(struct mb1 m, const char *message)
{
    assert_int_equal(parse(&m), -1);
    assert_contains(err.text, message);
    bytes_free(&m.memory);
}

static void usual_qemu(void **state)
{
    struct mb1 m = mb1_usual();

    (void)state;
    assert_int_equal(parse(&m), 0);
    bytes_free(&m.memory);
    assert_string_equal(info.cmdline, "loglvl=debug");
    assert_int_equal(info.nr_modules, 2);
    assert_int_equal(info.modules[0].start, 0x400000);
    assert_int_equal(info.modules[0].end, 0x480123);
    assert_string_equal(info.modules[0].cmdline, "domain=first memory=32M console=hvc0");
    assert_string_equal(info.modules[1].cmdline, "");
    assert_int_equal(info.rsdp_size, 0);
    boot_require_sane(&info);
    boot_info_check(&info, 0x100000, 0x200000);
    assert_int_equal(info.memory[0].end, 0x9f000);
}

/* Another loader: a word is taken off only if it looks like a file name. */
static void other_loader(void **state)
{
    struct mb1 m = mb1_usual();

    (void)state;
    set(&m, m.info + 64, mb1_text(&m, "GRUB 2.06"));
    set(&m, m.info + 16, mb1_text(&m, "loglvl=debug noreboot"));
    set(&m, m.modules + 8, mb1_text(&m, "/boot/guest domain=x"));
    set(&m, m.modules + 24, mb1_text(&m, "ramdisk"));
    assert_int_equal(parse(&m), 0);
    assert_string_equal(info.cmdline, "loglvl=debug noreboot");
    assert_string_equal(info.modules[0].cmdline, "domain=x");
    assert_string_equal(info.modules[1].cmdline, "ramdisk");
    bytes_free(&m.memory);
}

static void absent_parts(void **state)
{
    struct mb1 m = mb1_usual();

    (void)state;
    set(&m, m.info, 0);
    assert_int_equal(parse(&m), 0);
    assert_string_equal(info.cmdline, "");
    assert_int_equal(info.nr_modules, 0);
    assert_int_equal(boot_try(boot_info_check(&info, 0, 1)), -1);
    assert_contains(err.text, "no memory map");
    set(&m, m.info, 0x40);
    assert_int_equal(parse(&m), 0);
    assert_int_equal(boot_try(boot_info_check(&info, 0, 1)), -1);
    assert_contains(err.text, "no guest");
    set(&m, m.info, 0x24f);
    set(&m, m.modules + 8, 0);                  /* a module without a string */
    assert_int_equal(parse(&m), 0);
    assert_string_equal(info.modules[0].cmdline, "");
    bytes_free(&m.memory);
}

static void out_of_reach(void **state)
{
    struct mb1 m;

    (void)state;
    m = mb1_usual();
    m.info = 0x100;
    refused(m, "the boot information at 0x100 is out of reach");
    m = mb1_usual();
    m.info = MB1_BASE + (uint32_t)m.memory.size - 60;
    refused(m, "the boot information at");
    m = mb1_usual();
    set(&m, m.info + 16, 0xfffffff0);
    refused(m, "the command line at 0xfffffff0 is out of reach");
    m = mb1_usual();
    set(&m, m.info + 24, 0xfffffff0);
    refused(m, "the module list at 0xfffffff0 is out of reach");
    m = mb1_usual();
    set(&m, m.info + 20, 0xffffffff);           /* so many modules */
    assert_int_equal(parse(&m), -1);
    boot_require_message();
    bytes_free(&m.memory);
    m = mb1_usual();
    set(&m, m.modules + 8, 0xfffffff0);
    refused(m, "a module's command line at 0xfffffff0 is out of reach");
    m = mb1_usual();
    set(&m, m.info + 48, 0xfffffff0);
    refused(m, "the memory map at 0xfffffff0 is out of reach");
    m = mb1_usual();
    set(&m, m.info + 64, 4);
    refused(m, "the loader's name at 0x4 is out of reach");
}

static void damaged_map(void **state)
{
    struct mb1 m;

    (void)state;
    m = mb1_usual();
    set(&m, m.mmap, 0);
    refused(m, "memory map entry 0");
    m = mb1_usual();
    set(&m, m.mmap + 24, 19);
    refused(m, "memory map entry 1");
    m = mb1_usual();
    set(&m, m.mmap + 24, 0xffffffff);
    refused(m, "memory map entry 1");
}

static void endless_text(void **state)
{
    struct mb1 m = mb1_usual();
    char *text = malloc(20000);

    (void)state;
    memset(text, 'x', 19999);
    text[19999] = '\0';
    set(&m, m.info + 16, mb1_text(&m, text));
    free(text);
    refused(m, "command lines need more than");
    m = mb1_usual();
    set(&m, m.info + 16, MB1_BASE + (uint32_t)bytes_add(&m.memory, "no end", 6));
    refused(m, "the command line at 0x");
    assert_contains(err.text, "does not end");
}

static void attack(void **state)
{
    struct mb1 whole = mb1_usual();
    uint64_t seed = 31415926535;
    unsigned int accepted = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct mb1 m = whole;
        size_t info_at = whole.info - MB1_BASE;

        m.memory = bytes_copy(&whole.memory);
        if (i % 2)
            unit_damage(&seed, m.memory.data + info_at, m.memory.size - info_at);
        else
            unit_damage(&seed, m.memory.data, m.memory.size);
        if (parse(&m) == 0) {
            boot_require_sane(&info);
            accepted++;
            if (boot_try(boot_info_check(&info, 0x100000, 0x200000)))
                boot_require_message();
        } else {
            boot_require_message();
        }
        bytes_free(&m.memory);
    }
    assert_in_range(accepted, 1000, 99000);
    bytes_free(&whole.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual_qemu),
        cmocka_unit_test(other_loader),
        cmocka_unit_test(absent_parts),
        cmocka_unit_test(out_of_reach),
        cmocka_unit_test(damaged_map),
        cmocka_unit_test(endless_text),
        cmocka_unit_test(attack),
    };

    return cmocka_run_group_tests_name("boot_multiboot1", tests, NULL, NULL);
}
