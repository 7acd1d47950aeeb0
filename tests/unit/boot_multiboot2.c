/* SPDX-License-Identifier: MIT */
/* Multiboot2: what GRUB gives, every kind of damage with its message, and random damage. */
#include "unit.h"
#include "images.h"
#include "boot_check.h"

static struct boot_info info;

static int parse(const struct bytes *b)
{
    struct boot_view view = { .bytes = b->data, .size = b->size };

    memset(&err, 0, sizeof(err));
    boot_info_init(&info);
    return boot_try(multiboot2_parse(&view, 0, &info));
}

static void refused(struct bytes b, const char *message)
{
    assert_int_equal(parse(&b), -1);
    assert_contains(err.text, message);
    assert_contains(err.text, "multiboot2: ");
    boot_require_message();
    bytes_free(&b);
}

static void usual(void **state)
{
    struct bytes b = mb2_usual();

    (void)state;
    assert_int_equal(parse(&b), 0);
    bytes_free(&b);                             /* everything has been copied */
    assert_string_equal(info.cmdline, "loglvl=debug exit=debug-port");
    assert_int_equal(info.nr_modules, 2);
    assert_int_equal(info.modules[0].start, 0x400000);
    assert_int_equal(info.modules[0].end, 0x480123);
    assert_string_equal(info.modules[0].cmdline, "domain=first memory=32M console=hvc0");
    assert_string_equal(info.modules[1].cmdline, "ramdisk");
    assert_int_equal(info.rsdp_size, 36);
    assert_memory_equal(info.rsdp, "RSD PTR ", 8);
    boot_info_check(&info, 0x100000, 0x200000);
    assert_int_equal(info.nr_memory, 6);
    boot_require_sane(&info);
}

static void path_before_options(void **state)
{
    struct bytes b = mb2_begin();

    (void)state;
    mb2_text(&b, 1, "/boot/paravane loglvl=info");
    mb2_module(&b, 1, 2, "/boot/guest domain=x");
    mb2_end(&b);
    assert_int_equal(parse(&b), 0);
    assert_string_equal(info.cmdline, "loglvl=info");
    assert_string_equal(info.modules[0].cmdline, "domain=x");
    bytes_free(&b);
}

static void sizes(void **state)
{
    struct bytes b;

    (void)state;
    b = mb2_usual();
    bytes_set32(&b, 0, 4);
    refused(b, "says it has 4 bytes");
    b = mb2_usual();
    bytes_set32(&b, 0, (uint32_t)b.size + 1);
    refused(b, "says it has");
    b = mb2_usual();
    bytes_set32(&b, 0, 0xffffffff);
    refused(b, "says it has");
    b = mb2_usual();
    bytes_set32(&b, 0, (uint32_t)b.size - 8);   /* cuts the end tag off */
    refused(b, "without an end tag");
    for (size_t limit = 0; limit < 16; limit++) {
        struct boot_view view = { .size = limit };

        b = mb2_usual();
        view.bytes = b.data;
        assert_int_equal(boot_try(multiboot2_parse(&view, 0, &info)), -1);
        bytes_free(&b);
    }
}

static void every_truncation(void **state)
{
    struct bytes whole = mb2_usual();

    (void)state;
    for (size_t size = 8; size < whole.size; size++) {
        struct bytes b = { 0 };

        bytes_add(&b, whole.data, size);
        mb2_set_total(&b);
        assert_int_equal(parse(&b), -1);
        boot_require_message();
        bytes_free(&b);
    }
    bytes_free(&whole);
}

static void damaged_tags(void **state)
{
    struct bytes b;
    size_t at;

    (void)state;
    b = mb2_begin();
    at = mb2_text(&b, 1, "x");
    mb2_end(&b);
    bytes_set32(&b, at + 4, 0);
    refused(b, "has 0 bytes where at least 9");

    b = mb2_begin();
    at = mb2_text(&b, 1, "x");
    mb2_end(&b);
    bytes_set32(&b, at + 4, 7);
    refused(b, "has 7 bytes where at least 9");

    b = mb2_begin();
    at = mb2_text(&b, 1, "x");
    mb2_end(&b);
    bytes_set32(&b, at + 4, 0xfffffff9);
    refused(b, "only ");

    b = mb2_begin();
    mb2_tag(&b, 1, "no end", 6);
    mb2_end(&b);
    refused(b, "the string of the tag at 0x8 does not end");

    b = mb2_begin();
    mb2_tag(&b, 1, NULL, 0);
    mb2_end(&b);
    refused(b, "has 8 bytes where at least 9");

    b = mb2_begin();
    mb2_tag(&b, 3, "\0\0\0\0\0\0\0", 8);
    mb2_end(&b);
    refused(b, "has 16 bytes where at least 17");

    b = mb2_begin();
    mb2_tag(&b, 3, "\0\0\0\0", 4);
    mb2_end(&b);
    refused(b, "has 12 bytes where at least 17");

    b = mb2_begin();
    mb2_tag(&b, 6, "\0\0\0\0\0\0\0", 8);        /* entry size 0 */
    mb2_end(&b);
    refused(b, "memory map entries of 0 bytes");

    b = mb2_begin();
    mb2_tag(&b, 6, "\x19\0\0\0\0\0\0", 8);
    mb2_end(&b);
    refused(b, "memory map entries of 25 bytes");

    b = mb2_begin();
    mb2_tag(&b, 6, "\x19", 1);
    mb2_end(&b);
    refused(b, "where at least 16");

    b = mb2_begin();
    mb2_tag(&b, 15, "RSD PTR ", 8);
    mb2_end(&b);
    refused(b, "where at least 44");
}

static void unaligned_block(void **state)
{
    uint8_t *raw = malloc(64);
    struct boot_view view = { .bytes = raw, .size = 64 };

    (void)state;
    memset(raw, 0, 64);
    raw[4] = 16;
    assert_int_equal(boot_try(multiboot2_parse(&view, 4, &info)), -1);
    assert_contains(err.text, "not 8-byte aligned");
    free(raw);
}

static void too_much(void **state)
{
    struct bytes b = mb2_begin();
    char text[6001];

    (void)state;
    for (int i = 0; i <= BOOT_MODULES_MAX; i++)
        mb2_module(&b, 1, 2, "x");
    mb2_end(&b);
    assert_int_equal(parse(&b), -1);
    assert_contains(err.text, "more than 32 modules");
    bytes_free(&b);

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    b = mb2_begin();
    for (int i = 0; i < 3; i++)
        mb2_module(&b, 1, 2, text);
    mb2_end(&b);
    assert_int_equal(parse(&b), -1);
    assert_contains(err.text, "command lines need more than");
    bytes_free(&b);
}

static void missing_parts(void **state)
{
    struct bytes b = mb2_begin();

    (void)state;
    mb2_end(&b);
    assert_int_equal(parse(&b), 0);
    assert_int_equal(boot_try(boot_info_check(&info, 0, 1)), -1);
    assert_contains(err.text, "no memory map");
    bytes_free(&b);

    b = mb2_begin();
    mb2_mmap(&b, usual_map, ARRAY_SIZE(usual_map));
    mb2_end(&b);
    assert_int_equal(parse(&b), 0);
    assert_int_equal(boot_try(boot_info_check(&info, 0, 1)), -1);
    assert_contains(err.text, "no guest");
    bytes_free(&b);
}

static void attack(void **state)
{
    struct bytes whole = mb2_usual();
    uint64_t seed = 2718281828;
    unsigned int accepted = 0;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct bytes b = bytes_copy(&whole);

        unit_damage(&seed, b.data + (i % 2 ? 8 : 0), b.size - 8);
        if (parse(&b) == 0) {
            boot_require_sane(&info);
            accepted++;
            if (boot_try(boot_info_check(&info, 0x100000, 0x200000)))
                boot_require_message();
            else
                boot_require_sane(&info);
        } else {
            boot_require_message();
        }
        bytes_free(&b);
    }
    assert_in_range(accepted, 1000, 99000);
    bytes_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usual),
        cmocka_unit_test(path_before_options),
        cmocka_unit_test(sizes),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(damaged_tags),
        cmocka_unit_test(unaligned_block),
        cmocka_unit_test(too_much),
        cmocka_unit_test(missing_parts),
        cmocka_unit_test(attack),
    };

    return cmocka_run_group_tests_name("boot_multiboot2", tests, NULL, NULL);
}
