/* SPDX-License-Identifier: MIT */
/* Finding the ELF in a module: plain, in a bzImage, compressed, damaged. */
#include "unit.h"
#include "images.h"

static struct boot_error err;
static const void *elf;
static size_t elf_size;

static struct bytes bzimage(const void *payload, size_t len)
{
    struct bytes b = { .data = calloc(1, 0x1000), .size = 0x1000 };
    uint16_t version = 0x020f;

    b.data[0x1f1] = 3;
    b.data[0x1fe] = 0x55;
    b.data[0x1ff] = 0xaa;
    memcpy(b.data + 0x202, "HdrS", 4);
    memcpy(b.data + 0x206, &version, 2);
    bytes_set32(&b, 0x248, 0x1000 - 4 * 512);
    bytes_set32(&b, 0x24c, (uint32_t)len);
    bytes_add(&b, payload, len);
    return b;
}

static int find(const struct bytes *b)
{
    memset(&err, 0, sizeof(err));
    elf = NULL;
    return guest_image_open(b->data, b->size, &elf, &elf_size, &err);
}

static void refused(struct bytes b, const char *message)
{
    assert_int_equal(find(&b), -1);
    assert_contains(err.text, message);
    bytes_free(&b);
}

static struct bytes plain(const char *data, size_t len)
{
    struct bytes b = { 0 };

    bytes_add(&b, data, len);
    return b;
}

static void found(void **state)
{
    struct bytes kernel = elf_linux(), b = bzimage(kernel.data, kernel.size);

    (void)state;
    assert_int_equal(find(&kernel), 0);
    assert_ptr_equal(elf, kernel.data);
    assert_int_equal(elf_size, kernel.size);
    assert_int_equal(find(&b), 0);
    assert_ptr_equal(elf, b.data + 0x1000);
    assert_int_equal(elf_size, kernel.size);
    bytes_free(&b);
    b = bzimage("\177ELF", 4);
    assert_int_equal(find(&b), 0);
    bytes_free(&b);
    bytes_free(&kernel);
}

static void not_found(void **state)
{
    struct bytes b;

    (void)state;
    refused(bzimage("\xfd" "7zXZ\0", 6), "a bzImage compressed with xz");
    refused(bzimage("\x1f\x8b\x08", 3), "a bzImage compressed with gzip");
    refused(bzimage("\x28\xb5\x2f\xfd", 4), "a bzImage compressed with zstd");
    refused(bzimage("\x28\xb5\x2f\xfd", 4), "extract-vmlinux");
    refused(bzimage("what", 4), "the bzImage's payload is no ELF");
    refused(bzimage("", 0), "the bzImage's payload is no ELF");
    refused(plain("\x1f\x8b\x08", 3), "a file compressed with gzip");
    refused(plain("hello", 5), "neither ELF nor bzImage");
    refused(plain("", 0), "neither ELF nor bzImage");
    refused(plain("\177EL", 3), "neither ELF nor bzImage");

    b = bzimage("\177ELF", 4);
    b.data[0x206] = 7;
    refused(b, "boot protocol 2.07");
    b = bzimage("\177ELF", 4);
    bytes_set32(&b, 0x24c, 5);
    refused(b, "lies outside the file");
    b = bzimage("\177ELF", 4);
    bytes_set32(&b, 0x248, 0xffffffff);
    refused(b, "lies outside the file");
    b = bzimage("\177ELF", 4);
    b.data[0x1f1] = 0xff;
    refused(b, "lies outside the file");
}

static void attack(void **state)
{
    struct bytes kernel = elf_linux(), whole = bzimage(kernel.data, kernel.size);
    uint64_t seed = 1414213562;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct bytes b = bytes_copy(&whole);

        unit_damage(&seed, b.data + 0x1f0, 0x60);
        if (find(&b) == 0) {
            const uint8_t *p = elf;

            assert_true(p >= b.data && elf_size <= b.size - (size_t)(p - b.data));
        } else {
            assert_int_not_equal(err.text[0], '\0');
        }
        bytes_free(&b);
    }
    bytes_free(&kernel);
    bytes_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(not_found),
        cmocka_unit_test(attack),
    };

    return cmocka_run_group_tests_name("boot_bzimage", tests, NULL, NULL);
}
