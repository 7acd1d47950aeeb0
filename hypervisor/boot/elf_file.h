/* SPDX-License-Identifier: MIT */
/*
 * ELF64 as it lies in the file, shared by elf.c (program headers) and elf_notes.c (what the kernel
 * says of itself). Every read goes through elf_range(), so nothing outside the file is touched.
 */
#pragma once

#include "boot/guest_image.h"
#include "lib/string.h"

struct elf_header {
    uint8_t magic[4], class, data, ident_version, osabi, pad[8];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
static_assert(sizeof(struct elf_header) == 64, "layout of ELF64");

struct elf_phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
static_assert(sizeof(struct elf_phdr) == 56, "layout of ELF64");

struct elf_shdr {
    uint32_t name, type;
    uint64_t flags, addr, offset, size;
    uint32_t link, info;
    uint64_t addralign, entsize;
};
static_assert(sizeof(struct elf_shdr) == 64, "layout of ELF64");

enum { ELF_CLASS_32 = 1, ELF_CLASS_64 = 2, ELF_LITTLE_ENDIAN = 1 };
enum { ELF_ET_EXEC = 2, ELF_ET_DYN = 3 };
enum { ELF_EM_386 = 3, ELF_EM_X86_64 = 62 };
enum { ELF_PT_LOAD = 1, ELF_PT_NOTE = 4 };
enum { ELF_PF_X = 1, ELF_PF_W = 2, ELF_PF_R = 4 };
enum { ELF_SHT_NOTE = 7, ELF_SHT_NOBITS = 8 };

struct elf_file {
    const uint8_t *data;
    size_t size;
    struct elf_header header;
};

/* The bytes [offset, offset + len) of the file, or NULL if it is shorter. */
static inline const uint8_t *elf_range(const struct elf_file *f, uint64_t offset, uint64_t len)
{
    return offset <= f->size && len <= f->size - offset ? f->data + offset : NULL;
}

/* Entry i of a table; false when it is not all in the file. */
static inline bool elf_entry(const struct elf_file *f, uint64_t table, uint64_t i, void *to,
                             size_t size)
{
    const uint8_t *from = table <= f->size ? elf_range(f, table + i * size, size) : NULL;

    if (from)
        memcpy(to, from, size);
    return from != NULL;
}

/* Fills the fields of `image` that notes or a __xen_guest section set; others stay unset. */
int elf_notes_read(const struct elf_file *file, struct guest_image *image,
                   struct boot_error *err);
