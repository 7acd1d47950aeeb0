/* SPDX-License-Identifier: MIT */
/*
 * Builds boot information and kernel files byte by byte, for unit tests and as fuzzing seeds:
 * what is good, so that a test can damage one thing of it.
 */
#ifndef UNIT_IMAGES_H
#define UNIT_IMAGES_H

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "boot/elf_file.h"

struct bytes {
    uint8_t *data;              /* exactly `size` bytes of heap, so that ASan sees its end */
    size_t size;
};

static inline size_t bytes_add(struct bytes *b, const void *data, size_t len)
{
    size_t at = b->size;

    b->data = realloc(b->data, b->size + len + !len);
    if (len)
        memcpy(b->data + at, data, len);
    b->size += len;
    return at;
}

static inline size_t bytes_u32(struct bytes *b, uint32_t v)
{
    return bytes_add(b, &v, sizeof(v));
}

static inline size_t bytes_u64(struct bytes *b, uint64_t v)
{
    return bytes_add(b, &v, sizeof(v));
}

static inline void bytes_pad(struct bytes *b, size_t to)
{
    static const uint8_t zero;

    while (b->size % to)
        bytes_add(b, &zero, 1);
}

static inline void bytes_set32(struct bytes *b, size_t at, uint32_t v)
{
    assert(at + sizeof(v) <= b->size);
    memcpy(b->data + at, &v, sizeof(v));
}

static inline void bytes_set64(struct bytes *b, size_t at, uint64_t v)
{
    assert(at + sizeof(v) <= b->size);
    memcpy(b->data + at, &v, sizeof(v));
}

static inline struct bytes bytes_copy(const struct bytes *b)
{
    struct bytes copy = { 0 };

    bytes_add(&copy, b->data, b->size);
    return copy;
}

static inline void bytes_free(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){ 0 };
}

/* ---- Multiboot2 ---- */

static inline struct bytes mb2_begin(void)
{
    struct bytes b = { 0 };

    bytes_u64(&b, 0);
    return b;
}

static inline size_t mb2_tag(struct bytes *b, uint32_t type, const void *data, size_t len)
{
    size_t at;

    bytes_pad(b, 8);
    at = bytes_u32(b, type);
    bytes_u32(b, (uint32_t)(8 + len));
    bytes_add(b, data, len);
    return at;
}

static inline size_t mb2_text(struct bytes *b, uint32_t type, const char *text)
{
    return mb2_tag(b, type, text, strlen(text) + 1);
}

static inline size_t mb2_module(struct bytes *b, uint32_t start, uint32_t end, const char *text)
{
    struct bytes d = { 0 };

    bytes_u32(&d, start);
    bytes_u32(&d, end);
    bytes_add(&d, text, strlen(text) + 1);

    size_t at = mb2_tag(b, 3, d.data, d.size);

    bytes_free(&d);
    return at;
}

/* entries: start, length, type; n of them */
static inline size_t mb2_mmap(struct bytes *b, const uint64_t (*entries)[3], size_t n)
{
    struct bytes d = { 0 };

    bytes_u32(&d, 24);
    bytes_u32(&d, 0);
    for (size_t i = 0; i < n; i++) {
        bytes_u64(&d, entries[i][0]);
        bytes_u64(&d, entries[i][1]);
        bytes_u64(&d, entries[i][2]);
    }

    size_t at = mb2_tag(b, 6, d.data, d.size);

    bytes_free(&d);
    return at;
}

static inline void mb2_set_total(struct bytes *b)
{
    bytes_set32(b, 0, (uint32_t)b->size);
}

static inline void mb2_end(struct bytes *b)
{
    mb2_tag(b, 0, NULL, 0);
    mb2_set_total(b);
}

static const uint64_t usual_map[][3] = {
    { 0, 0x9fc00, 1 }, { 0x9fc00, 0x400, 2 }, { 0xf0000, 0x10000, 2 },
    { 0x100000, 0x7ee0000, 1 }, { 0x7fe0000, 0x20000, 2 }, { 0xfffc0000, 0x40000, 2 },
};

/* What GRUB gives a 128 MiB machine with a guest and its ramdisk. */
static inline struct bytes mb2_usual(void)
{
    struct bytes b = mb2_begin();
    uint8_t rsdp[36] = "RSD PTR ";

    mb2_text(&b, 1, "loglvl=debug exit=debug-port");
    mb2_text(&b, 2, "GRUB 2.06-13+deb12u1");
    mb2_module(&b, 0x400000, 0x480123, "domain=first memory=32M console=hvc0");
    mb2_module(&b, 0x500000, 0x501000, "ramdisk");
    mb2_mmap(&b, usual_map, sizeof(usual_map) / sizeof(usual_map[0]));
    mb2_tag(&b, 12, "\1\2\3\4\5\6\7", 8);
    mb2_tag(&b, 14, rsdp, 20);
    mb2_tag(&b, 15, rsdp, 36);
    mb2_tag(&b, 21, "\0\0\0", 4);
    mb2_end(&b);
    return b;
}

/* ---- Multiboot1: physical memory from 0x9000 on ---- */

#define MB1_BASE  0x9000u

struct mb1 {
    struct bytes memory;
    uint32_t info, modules, mmap;       /* physical addresses of the parts */
};

static inline uint32_t mb1_text(struct mb1 *m, const char *text)
{
    return MB1_BASE + (uint32_t)bytes_add(&m->memory, text, strlen(text) + 1);
}

/* As QEMU lays it out: file names first. */
static inline struct mb1 mb1_usual(void)
{
    struct mb1 m = { 0 };
    uint32_t cmdline = mb1_text(&m, "build/paravane loglvl=debug");
    uint32_t guest = mb1_text(&m, "build/guest.elf domain=first memory=32M console=hvc0");
    uint32_t disk = mb1_text(&m, "build/disk.cpio");
    uint32_t loader = mb1_text(&m, "qemu");
    const uint32_t modules[] = { 0x400000, 0x480123, guest, 0, 0x500000, 0x501000, disk, 0 };
    const size_t n = sizeof(usual_map) / sizeof(usual_map[0]);

    m.modules = MB1_BASE + (uint32_t)bytes_add(&m.memory, modules, sizeof(modules));
    m.mmap = MB1_BASE + (uint32_t)m.memory.size;
    for (size_t i = 0; i < n; i++) {
        bytes_u32(&m.memory, 20);
        bytes_u64(&m.memory, usual_map[i][0]);
        bytes_u64(&m.memory, usual_map[i][1]);
        bytes_u32(&m.memory, (uint32_t)usual_map[i][2]);
    }

    const uint32_t info[] = {
        0x24f, 639, 129920, 0x8000ffff, cmdline, 2, m.modules, 0, 0, 0, 0,
        (uint32_t)(n * 24), m.mmap, 0, 0, 0, loader, 0, 0, 0, 0, 0,
    };

    m.info = MB1_BASE + (uint32_t)bytes_add(&m.memory, info, sizeof(info));
    return m;
}

/* ---- ELF ---- */

static inline Elf64_Ehdr elf_usual_header(void)
{
    return (Elf64_Ehdr){
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_EXEC,
        .e_machine = EM_X86_64, .e_version = 1, .e_entry = 0xffffffff80001000, .e_phoff = 64, .e_ehsize = 64,
        .e_phentsize = 56, .e_shentsize = 64,
    };
}

static inline void note_add(struct bytes *b, uint32_t type, const void *desc, size_t len)
{
    bytes_u32(b, 4);
    bytes_u32(b, (uint32_t)len);
    bytes_u32(b, type);
    bytes_add(b, "Xen", 4);
    bytes_add(b, desc, len);
    bytes_pad(b, 4);
}

static inline void note_number(struct bytes *b, uint32_t type, uint64_t v)
{
    note_add(b, type, &v, 8);
}

static inline void note_text(struct bytes *b, uint32_t type, const char *text)
{
    note_add(b, type, text, strlen(text) + 1);
}

#define ELF_TEXT_SIZE  0x300u

/*
 * Two segments at `paddr` (text 0x300 bytes of 0x90) and two pages above (data 0x80 bytes in
 * 0x1800 of memory), and the notes given.
 */
static inline struct bytes elf_with(const struct bytes *notes, uint64_t paddr)
{
    Elf64_Ehdr h = elf_usual_header();
    uint64_t text_at = 64 + 3 * 56, data_at = text_at + ELF_TEXT_SIZE, notes_at = data_at + 0x80;
    const Elf64_Phdr ph[3] = {
        { .p_type = 1, .p_flags = 5, .p_offset = text_at, .p_vaddr = 0x1234, .p_paddr = paddr,
          .p_filesz = ELF_TEXT_SIZE, .p_memsz = ELF_TEXT_SIZE, .p_align = 4096 },
        { .p_type = 1, .p_flags = 6, .p_offset = data_at, .p_vaddr = 0x1234, .p_paddr = paddr + 0x2000,
          .p_filesz = 0x80, .p_memsz = 0x1800, .p_align = 4096 },
        { .p_type = 4, .p_flags = 4, .p_offset = notes_at, .p_filesz = notes->size },
    };
    uint8_t text[ELF_TEXT_SIZE], data[0x80];
    struct bytes b = { 0 };

    memset(text, 0x90, sizeof(text));
    memset(data, 0xdd, sizeof(data));
    h.e_phnum = 3;
    bytes_add(&b, &h, sizeof(h));
    bytes_add(&b, ph, sizeof(ph));
    bytes_add(&b, text, sizeof(text));
    bytes_add(&b, data, sizeof(data));
    bytes_add(&b, notes->data, notes->size);
    return b;
}

/* The notes a Linux-like kernel has. */
static inline struct bytes notes_linux(void)
{
    struct bytes n = { 0 };

    note_text(&n, 6, "linux");
    note_text(&n, 7, "2.6");
    note_text(&n, 5, "xen-3.0");
    note_number(&n, 3, 0xffffffff80000000);
    note_number(&n, 15, 0x8000000000);
    note_number(&n, 1, 0xffffffff81000100);
    note_text(&n, 10, "!writable_page_tables|pae_pgdir_above_4gb");
    bytes_add(&n, "\4\0\0\0\4\0\0\0\1\0\0\0GNU\0abcd", 20);
    note_add(&n, 17, "\x01\x88\0\0", 4);
    note_text(&n, 9, "yes");
    note_text(&n, 8, "generic");
    note_add(&n, 13, "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 16);
    note_add(&n, 14, "\1\0\0\0", 4);
    note_add(&n, 16, "\1\0\0\0", 4);
    note_number(&n, 12, 0xffff800000000000);
    note_number(&n, 4, 0);
    note_number(&n, 2, 0xffffffff81002000);
    return n;
}

static inline struct bytes elf_linux(void)
{
    struct bytes n = notes_linux();
    struct bytes b = elf_with(&n, 0x1000000);

    bytes_free(&n);
    return b;
}

/* A kernel without note segments; `section` holds `data`, found through the section table. */
static inline struct bytes elf_with_section(const char *name, uint32_t type,
                                            const struct bytes *data, uint64_t paddr)
{
    struct bytes none = { 0 }, b = elf_with(&none, paddr), names = { 0 };
    Elf64_Shdr sh[3] = { { .sh_name = 0 } };
    Elf64_Ehdr h;

    bytes_add(&names, "", 1);
    sh[1].sh_name = (uint32_t)bytes_add(&names, name, strlen(name) + 1);
    sh[2].sh_name = (uint32_t)bytes_add(&names, ".shstrtab", 10);
    sh[1].sh_type = type;
    sh[1].sh_size = data->size;
    sh[1].sh_offset = bytes_add(&b, data->data, data->size);
    sh[2].sh_type = 3;
    sh[2].sh_size = names.size;
    sh[2].sh_offset = bytes_add(&b, names.data, names.size);
    memcpy(&h, b.data, sizeof(h));
    h.e_shoff = bytes_add(&b, sh, sizeof(sh));
    h.e_shnum = 3;
    h.e_shstrndx = 2;
    memcpy(b.data, &h, sizeof(h));
    bytes_free(&names);
    free(none.data);
    return b;
}

static inline struct bytes elf_legacy(const char *text, uint64_t paddr)
{
    struct bytes d = { 0 };

    bytes_add(&d, text, strlen(text) + 1);

    struct bytes b = elf_with_section("__xen_guest", 1, &d, paddr);

    bytes_free(&d);
    return b;
}

#endif
