/* SPDX-License-Identifier: MIT */
/* ELF kernels: Linux-like, linked at 1 MiB, legacy, damaged; and random damage. */
#include "unit.h"
#include "images.h"
#include "boot_check.h"
#include "elf_check.h"

static struct guest_image image;

static int parse(const struct bytes *b)
{
    memset(&err, 0, sizeof(err));
    return boot_try(elf_parse(b->data, b->size, &image));
}

static void accepted(struct bytes *b)
{
    if (parse(b))
        fail_msg("refused: %s", err.text);
    elf_require_sane(&image, b->data);
}

static void refused(struct bytes b, const char *message)
{
    assert_int_equal(parse(&b), -1);
    assert_contains(err.text, message);
    assert_contains(err.text, "kernel: ");
    bytes_free(&b);
}

/* Refused when these notes describe a kernel with p_paddr at 1 MiB. */
static void notes_refused(struct bytes notes, const char *message)
{
    refused(elf_with(&notes, 0x100000), message);
    bytes_free(&notes);
}

static void linux_like(void **state)
{
    struct bytes b = elf_linux();

    (void)state;
    accepted(&b);
    assert_int_equal(image.virt_base, 0xffffffff80000000);
    assert_int_equal(image.paddr_offset, 0);
    assert_int_equal(image.entry, 0xffffffff81000100);
    assert_int_equal(image.v_start, 0xffffffff81000000);
    assert_int_equal(image.v_end, 0xffffffff81004000);
    assert_int_equal(image.p2m_base, 0x8000000000);
    assert_int_equal(image.hypercall_page, 0xffffffff81002000);
    assert_true(image.mod_start_pfn);
    assert_false(image.legacy || image.pvh_entry);
    assert_string_equal(image.guest_os, "linux");
    assert_string_equal(image.guest_version, "2.6");
    assert_string_equal(image.xen_version, "xen-3.0");
    assert_int_equal(image.nr_segments, 2);
    assert_int_equal(image.segments[0].p_vaddr, 0xffffffff81000000);
    assert_int_equal(image.segments[1].p_memsz, 0x1800);
    assert_int_equal(image.segments[1].p_filesz, 0x80);
    bytes_free(&b);
}

static void segments(void **state)
{
    struct bytes b = elf_linux();

    (void)state;
    accepted(&b);
    assert_int_equal(image.segments[0].p_filesz, ELF_TEXT_SIZE);
    assert_int_equal(image.segments[0].p_memsz, ELF_TEXT_SIZE);
    assert_int_equal(b.data[image.segments[0].p_offset], 0x90);
    assert_int_equal(b.data[image.segments[0].p_offset + ELF_TEXT_SIZE - 1], 0x90);
    assert_int_equal(image.segments[1].p_vaddr, 0xffffffff81002000);
    assert_int_equal(b.data[image.segments[1].p_offset], 0xdd);
    assert_int_equal(b.data[image.segments[1].p_offset + 0x7f], 0xdd);
    bytes_free(&b);
}

/* Linked at 1 MiB, with a note or two, and e_entry as the entry. */
static void at_one_mib(void **state)
{
    struct bytes n = { 0 }, b;
    uint64_t entry = 0x100010;

    (void)state;
    note_text(&n, 5, "xen-3.0");
    b = elf_with(&n, 0x100000);
    bytes_set64(&b, offsetof(Elf64_Ehdr, e_entry), entry);
    accepted(&b);
    assert_int_equal(image.virt_base, 0);
    assert_int_equal(image.v_start, 0x100000);
    assert_int_equal(image.v_end, 0x104000);
    assert_int_equal(image.entry, entry);
    assert_int_equal(image.p2m_base, GUEST_IMAGE_UNSET);
    assert_int_equal(image.hypercall_page, GUEST_IMAGE_UNSET);
    bytes_free(&b);

    note_number(&n, 3, 0);
    note_add(&n, 1, "\x20\0\x10\0", 4);             /* a four-byte entry */
    b = elf_with(&n, 0x100000);
    accepted(&b);
    assert_int_equal(image.entry, 0x100020);
    bytes_free(&b);

    /* p_paddr counted from the virtual base */
    note_number(&n, 3, 0x100000);
    note_number(&n, 4, 0x100000);
    b = elf_with(&n, 0x100000);
    accepted(&b);
    assert_int_equal(image.virt_base, image.v_start);
    bytes_free(&b);
    bytes_free(&n);
}

/* The oldest kernels: text in a section, p_paddr a virtual address. */
static void legacy(void **state)
{
    struct bytes b = elf_legacy("GUEST_OS=Old,XEN_VER=xen-3.0,VIRT_BASE=0xffffffff80000000,"
                                "VIRT_ENTRY=0xffffffff80100040,HYPERCALL_PAGE=0x102,LOADER=generic,"
                                "FEATURES=writable_page_tables|!pae_pgdir_above_4gb,PAE=yes",
                                0xffffffff80100000);

    (void)state;
    accepted(&b);
    assert_true(image.legacy);
    assert_int_equal(image.paddr_offset, 0xffffffff80000000);
    assert_int_equal(image.v_start, 0xffffffff80100000);
    assert_int_equal(image.entry, 0xffffffff80100040);
    assert_int_equal(image.hypercall_page, 0xffffffff80102000);
    assert_string_equal(image.guest_os, "Old");
    bytes_free(&b);

    b = elf_legacy("VIRT_BASE=0x0,ENTRY=0x100000", 0x100000);
    accepted(&b);
    assert_int_equal(image.entry, 0x100000);
    bytes_free(&b);

    b = elf_legacy("VIRT_BASE=0x0,ENTRY=0x100000,ELF_PADDR_OFFSET=0,=,x,,", 0x100000);
    accepted(&b);
    bytes_free(&b);
    refused(elf_legacy("VIRT_BASE=high", 0x100000), "VIRT_BASE=high in its __xen_guest");
    refused(elf_legacy("XEN_VER=xen-2.0,VIRT_BASE=0,ENTRY=0x100000", 0x100000), "xen-2.0");
}

/* Notes that no program header leads to are found through the section table. */
static void notes_in_sections(void **state)
{
    struct bytes n = notes_linux(), b = elf_with_section(".note.Xen", 7, &n, 0x1000000);

    (void)state;
    accepted(&b);
    assert_int_equal(image.virt_base, 0xffffffff80000000);
    assert_false(image.legacy);
    bytes_free(&b);
    bytes_free(&n);
}

static void not_ours(void **state)
{
    struct bytes b;

#define SPOIL(field, type, value, message)                                            \
    do {                                                                              \
        type v = (value);                                                             \
        b = elf_linux();                                                              \
        memcpy(b.data + offsetof(Elf64_Ehdr, field), &v, sizeof(v));           \
        refused(b, message);                                                          \
    } while (0)

    (void)state;
    b = (struct bytes){ 0 };
    bytes_add(&b, "not an ELF file", 15);
    refused(b, "not an ELF file (15 bytes)");
    SPOIL(e_ident[EI_MAG1], char, 'X', "not an ELF file");
    SPOIL(e_ident[EI_CLASS], uint8_t, 1, "32-bit");
    SPOIL(e_machine, uint16_t, 3, "32-bit");
    SPOIL(e_machine, uint16_t, 183, "machine 183 is not x86-64");
    SPOIL(e_ident[EI_DATA], uint8_t, 2, "byte order 2");
    SPOIL(e_type, uint16_t, 3, "position independent");
    SPOIL(e_type, uint16_t, 1, "ELF type 1 is not an executable");
    SPOIL(e_phnum, uint16_t, 0, "0 program headers");
    SPOIL(e_phentsize, uint16_t, 32, "program headers of 32 bytes");
    SPOIL(e_phoff, uint64_t, UINT64_MAX - 3, "program header 0 lies outside the file");
    SPOIL(e_phnum, uint16_t, 60000, "lies outside the file");
#undef SPOIL
}

static void bad_segments(void **state)
{
#define SPOIL(n, field, value, message)                                               \
    do {                                                                              \
        struct bytes b = elf_linux();                                                 \
        bytes_set64(&b, 64 + (n) * 56 + offsetof(Elf64_Phdr, field), (value));   \
        refused(b, message);                                                          \
    } while (0)

    (void)state;
    SPOIL(0, p_offset, UINT64_MAX, "truncated or damaged");
    SPOIL(0, p_offset, 0x10000, "truncated or damaged");
    SPOIL(0, p_filesz, 0x301, "truncated or damaged");        /* more than memsz */
    SPOIL(1, p_filesz, 0x1801, "truncated or damaged");
    SPOIL(1, p_memsz, UINT64_MAX - 0x1000, "wraps round");
    SPOIL(1, p_paddr, 0x1000000, "overlaps another");
    SPOIL(1, p_paddr, 0x10002ff, "overlaps another");
    SPOIL(1, p_paddr, 0x0fff000, "overlaps another");
    SPOIL(1, p_paddr, 0x90000000, "would lie at");             /* wraps with virt_base */
    SPOIL(2, p_offset, 0x100000, "notes at file offset 0x100000");
    SPOIL(2, p_filesz, 0x100000, "notes at file offset");
#undef SPOIL

    struct bytes b = elf_linux();

    bytes_set32(&b, 64, 0);
    bytes_set32(&b, 64 + 56, 0);
    refused(b, "no loadable program header");
}

static void bad_notes(void **state)
{
    struct bytes n;

    (void)state;
    notes_refused((struct bytes){ .data = malloc(1) }, "no Xen notes and no __xen_guest");
    n = (struct bytes){ 0 };
    note_add(&n, 3, "abc", 3);
    notes_refused(n, "note VIRT_BASE has 3 bytes");
    n = (struct bytes){ 0 };
    note_number(&n, 4, 0);
    notes_refused(n, "PADDR_OFFSET note but no VIRT_BASE");
    n = (struct bytes){ 0 };
    note_text(&n, 5, "xen-2.0");
    notes_refused(n, "asks for the interface \"xen-2.0\"");
    n = (struct bytes){ 0 };
    note_text(&n, 10, "writable_page_tables|!flying_carpet|dom0");
    notes_refused(n, "require \"flying_carpet\"");
    n = (struct bytes){ 0 };
    note_text(&n, 10, "!auto_translated_physmap");
    notes_refused(n, "require \"auto_translated_physmap\"");
    n = (struct bytes){ 0 };
    note_number(&n, 18, 0x100000);
    notes_refused(n, "only a PVH entry");
    n = (struct bytes){ 0 };
    note_text(&n, 5, "xen-3.0");                            /* e_entry is far away */
    notes_refused(n, "entry 0xffffffff80001000 is outside the kernel");
    n = (struct bytes){ 0 };
    note_number(&n, 3, 0x200000);
    note_number(&n, 4, 0x200000);
    notes_refused(n, "not within 4 GiB above VIRT_BASE");
    n = (struct bytes){ 0 };
    note_number(&n, 3, 0x123);
    notes_refused(n, "VIRT_BASE 0x123 is not page-aligned");
    n = (struct bytes){ 0 };
    note_number(&n, 3, 0xffff800000000000);
    notes_refused(n, "not in a guest's part");
    n = (struct bytes){ 0 };
    note_number(&n, 3, 0x00007ffffff00000);
    notes_refused(n, "not in a guest's part");
    n = (struct bytes){ 0 };
    note_number(&n, 1, 0x100000);
    note_number(&n, 2, 0x200000);
    notes_refused(n, "HYPERCALL_PAGE 0x200000");
    n = (struct bytes){ 0 };
    note_number(&n, 1, 0x100000);
    note_number(&n, 2, 0x102010);
    notes_refused(n, "HYPERCALL_PAGE 0x102010");
    n = (struct bytes){ 0 };
    note_number(&n, 1, 0x100000);
    note_number(&n, 15, 0x101000);
    notes_refused(n, "INIT_P2M 0x101000");
    n = (struct bytes){ 0 };
    note_number(&n, 1, 0x100000);
    bytes_set32(&n, 4, 9);                                  /* descriptor longer than the rest */
    notes_refused(n, "does not fit");
    n = (struct bytes){ 0 };
    note_number(&n, 1, 0x100000);
    bytes_set32(&n, 0, 0xfffffffd);
    notes_refused(n, "does not fit");
}

static void every_truncation(void **state)
{
    struct bytes whole = elf_linux();

    (void)state;
    for (size_t size = 0; size < whole.size; size++) {
        struct bytes b = { 0 };

        bytes_add(&b, whole.data, size);
        assert_int_equal(parse(&b), -1);
        assert_int_not_equal(err.text[0], '\0');
        bytes_free(&b);
    }
    bytes_free(&whole);
}

static void attack_on(const struct bytes *whole, uint64_t seed, size_t headers)
{
    unsigned int good = 0;

    for (int i = 0; i < 50000; i++) {
        struct bytes b = bytes_copy(whole);
        /* Half of the damage goes into headers (front) or notes and sections (back). */
        size_t from = i % 4 == 1 ? headers : 0;
        size_t to = i % 4 == 2 ? 64 + 3 * 56 : b.size;

        unit_damage(&seed, b.data + from, to - from);
        if (parse(&b) == 0) {
            elf_require_sane(&image, b.data);
            good++;
        } else {
            elf_require(err.text[0]);
        }
        bytes_free(&b);
    }
    assert_in_range(good, 500, 49500);
}

static void attack(void **state)
{
    struct bytes linux_kernel = elf_linux();
    struct bytes old = elf_legacy("GUEST_OS=Old,XEN_VER=xen-3.0,VIRT_BASE=0x0,VIRT_ENTRY=0x100040,"
                                  "HYPERCALL_PAGE=0x102,FEATURES=writable_page_tables", 0x100000);

    (void)state;
    attack_on(&linux_kernel, 161803398875, linux_kernel.size - 400);
    attack_on(&old, 57721566490, old.size - 300);
    bytes_free(&linux_kernel);
    bytes_free(&old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linux_like),
        cmocka_unit_test(segments),
        cmocka_unit_test(at_one_mib),
        cmocka_unit_test(legacy),
        cmocka_unit_test(notes_in_sections),
        cmocka_unit_test(not_ours),
        cmocka_unit_test(bad_segments),
        cmocka_unit_test(bad_notes),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(attack),
    };

    return cmocka_run_group_tests_name("boot_elf", tests, NULL, NULL);
}
