/* SPDX-License-Identifier: MIT */
/*
 * The memory map: holes, unsorted, overlapping and odd entries, 1 TiB, and random maps compared
 * with a page-by-page model; then the checks of modules against it.
 */
#include "unit.h"
#include "boot_check.h"

static struct boot_info info;

#define IMAGE_START  0x100000u
#define IMAGE_END    0x200000u

static void add(uint64_t start, uint64_t len, uint32_t type)
{
    boot_info_add_memory(&info, start, len, type);
}

static void assert_normal(void)
{
    for (size_t i = 0; i < info.nr_memory; i++) {
        const struct boot_memory *m = &info.memory[i];

        assert_true(m->start < m->end && m->end <= BOOT_ADDRESS_LIMIT);
        if (i) {
            assert_true(m[-1].end <= m->start);
            assert_false(m[-1].end == m->start && m[-1].type == m->type);
        }
    }
}

static void expect(size_t i, uint64_t start, uint64_t end, enum boot_memory_type type)
{
    assert_true(i < info.nr_memory);
    assert_int_equal(info.memory[i].start, start);
    assert_int_equal(info.memory[i].end, end);
    assert_int_equal(info.memory[i].type, type);
}

static void one_tib_with_holes(void **state)
{
    (void)state;
    boot_info_init(&info);
    add(GIB(4), GIB(1024) - GIB(4), 1);
    add(0xfd00000000, 0x300000000, 2);          /* AMD's hole below 1 TiB */
    add(0, 0x9fc00, 1);
    add(0xf0000, 0x10000, 2);
    add(0x100000, 0xbff00000, 1);
    add(0xbfff0000, 0x10000, 3);
    add(0xbffe0000, 0x10000, 4);
    add(0xfee00000, 0x1000, 2);
    boot_info_add_module(&info, 0x200000, 0x300000, "");
    boot_info_check(&info, IMAGE_START, IMAGE_END);
    assert_normal();
    assert_int_equal(info.nr_memory, 8);
    expect(0, 0, 0x9f000, BOOT_MEMORY_RAM);
    expect(1, 0xf0000, 0x100000, BOOT_MEMORY_RESERVED);
    expect(2, 0x100000, 0xbffe0000, BOOT_MEMORY_RAM);
    expect(3, 0xbffe0000, 0xbfff0000, BOOT_MEMORY_NVS);
    expect(4, 0xbfff0000, 0xc0000000, BOOT_MEMORY_ACPI);
    expect(5, 0xfee00000, 0xfee01000, BOOT_MEMORY_RESERVED);
    expect(6, GIB(4), 0xfd00000000, BOOT_MEMORY_RAM);
    expect(7, 0xfd00000000, GIB(1024), BOOT_MEMORY_RESERVED);
}

static void sixteen_gib(void **state)
{
    (void)state;
    boot_info_init(&info);
    add(0, 0x9fc00, 1);
    add(0x100000, 0xbfedf000, 1);
    add(0x100000000, 0x340000000, 1);
    boot_info_add_module(&info, 0x200000, 0x300000, "");
    boot_info_check(&info, IMAGE_START, IMAGE_END);
    assert_int_equal(info.nr_memory, 3);
    expect(2, GIB(4), GIB(17), BOOT_MEMORY_RAM);
}

static void touching_and_odd_entries(void **state)
{
    (void)state;
    boot_info_init(&info);
    add(0x1000, 0x800, 1);
    add(0x1800, 0x800, 1);                      /* touching halves of a page make it whole */
    add(0x3000, 0x1000, 1);
    add(0x3800, 0x10, 7);                       /* unknown type inside a page */
    add(0x5000, 0, 1);
    add(UINT64_MAX - 10, 5, 1);
    add(0x6000, UINT64_MAX, 2);                 /* would wrap */
    boot_info_add_module(&info, 0x1000, 0x1800, "");
    boot_info_check(&info, IMAGE_START, IMAGE_END);
    assert_normal();
    assert_int_equal(info.nr_memory, 3);
    expect(0, 0x1000, 0x2000, BOOT_MEMORY_RAM);
    expect(1, 0x3800, 0x3810, BOOT_MEMORY_RESERVED);
    expect(2, 0x6000, BOOT_ADDRESS_LIMIT, BOOT_MEMORY_RESERVED);
}

#define MODEL 256

static void random_maps(void **state)
{
    static const uint32_t types[] = { 1, 1, 1, 2, 3, 4, 5, 99 };
    static const int rank[] = { 1, 1, 1, 2, 3, 4, 5, 2 };
    uint64_t seed = 17;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        int model[MODEL];

        memset(model, -1, sizeof(model));
        boot_info_init(&info);
        for (int n = 0; n < 30; n++) {
            uint64_t start = unit_below(&seed, MODEL), len = unit_below(&seed, MODEL - start + 1);
            uint64_t t = unit_below(&seed, ARRAY_SIZE(types));

            len = len >> unit_below(&seed, 6);
            add(start * PAGE_SIZE, len * PAGE_SIZE, types[t]);
            for (uint64_t k = start; k < start + len; k++)
                model[k] = max(model[k], rank[t]);
            boot_info_sort_memory(&info);
            assert_normal();
        }

        int got[MODEL];

        memset(got, -1, sizeof(got));
        for (size_t i = 0; i < info.nr_memory; i++)
            for (uint64_t k = info.memory[i].start; k < info.memory[i].end; k += PAGE_SIZE)
                got[k / PAGE_SIZE] = (int)info.memory[i].type;
        assert_memory_equal(model, got, sizeof(model));
    }
}

static void too_many_ranges(void **state)
{
    volatile int rc = 0, n = 0;

    (void)state;
    boot_info_init(&info);
    for (; rc == 0 && n < 2000; n++)
        rc = boot_try(add((uint64_t)n * 0x2000, 0x1000, 1));
    assert_int_equal(rc, -1);
    assert_true(n > 200);
    assert_contains(err.text, "memory map falls into more than");
}

/* A good machine with two modules, of which a test spoils one. */
static void good(void)
{
    boot_info_init(&info);
    add(0, 0x9fc00, 1);
    add(0x100000, 0x7f00000, 1);
    boot_info_add_module(&info, 0x200000, 0x280001, "domain=a");
    boot_info_add_module(&info, 0x281000, 0x282000, "ramdisk");
    err.text[0] = '\0';
}

static int check(void)
{
    return boot_try(boot_info_check(&info, IMAGE_START, IMAGE_END));
}

static void modules(void **state)
{
    static const struct {
        uint64_t start, end;
        const char *message;
    } table[] = {
        { 0x281000, 0x281000, "is empty" },
        { 0x281000, 0x280000, "is empty" },
        { 0x280000, 0x282000, "overlaps module 0" },
        { 0x1ff000, 0x200000, "overlaps the hypervisor" },
        { 0x0ff000, 0x300000, "overlaps the hypervisor" },
        { 0x7fff000, 0x8000001, "lies outside RAM" },
        { 0xa0000, 0xa1000, "lies outside RAM" },
        { GIB(5), GIB(6), "lies outside RAM" },
        { 0x281000, UINT64_MAX, "lies outside RAM" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        good();
        info.modules[1].start = table[i].start;
        info.modules[1].end = table[i].end;
        assert_int_equal(check(), -1);
        assert_contains(err.text, table[i].message);
        assert_contains(err.text, "module 1");
    }
    good();
    assert_int_equal(check(), 0);

    good();
    info.nr_modules = 0;
    assert_int_equal(check(), -1);
    assert_contains(err.text, "no guest");

    good();
    info.nr_entries = 0;
    assert_int_equal(check(), -1);
    assert_contains(err.text, "no memory map");

    good();
    for (size_t i = 0; i < info.nr_entries; i++)
        info.entries[i].type = BOOT_MEMORY_RESERVED;
    assert_int_equal(check(), -1);
    assert_contains(err.text, "lies outside RAM");

    good();
    for (int i = 2; i < BOOT_MODULES_MAX; i++)
        boot_info_add_module(&info, 0, 0, "");
    assert_int_equal(boot_try(boot_info_add_module(&info, 0, 0, "")), -1);
    assert_contains(err.text, "more than 32 modules");
}

static void paths(void **state)
{
    static const struct {
        const char *in, *out, *forced;
    } table[] = {
        { "/boot/x domain=a", "domain=a", "domain=a" },
        { "domain=a root=/dev/x", "domain=a root=/dev/x", "root=/dev/x" },
        { "root=/dev/x", "root=/dev/x", "" },
        { "x y", "x y", "y" },
        { "", "", "" },
        { "/boot/x", "", "" },
        { "/boot/x   a", "a", "a" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        assert_string_equal(boot_info_skip_path(table[i].in, false), table[i].out);
        assert_string_equal(boot_info_skip_path(table[i].in, true), table[i].forced);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_tib_with_holes),
        cmocka_unit_test(sixteen_gib),
        cmocka_unit_test(touching_and_odd_entries),
        cmocka_unit_test(random_maps),
        cmocka_unit_test(too_many_ranges),
        cmocka_unit_test(modules),
        cmocka_unit_test(paths),
    };

    return cmocka_run_group_tests_name("boot_memory", tests, NULL, NULL);
}
