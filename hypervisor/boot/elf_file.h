/* SPDX-License-Identifier: MIT */
/*
 * ELF64 as it lies in the file, shared by elf.c (program headers) and elf_notes.c (what the kernel says of itself).
 * Every read goes through elf_range(), so nothing outside the file is touched. The layouts are those of <elf.h>.
 */
#pragma once

#include "boot/guest_image.h"
#include "lib/string.h"

struct elf_file {
    const uint8_t *data;
    size_t size;
    Elf64_Ehdr header;
};

/* The bytes [offset, offset + len) of the file, or NULL if it is shorter. */
static inline const void *elf_range(const struct elf_file *f, uint64_t offset, uint64_t len)
{
    return offset <= f->size && len <= f->size - offset ? f->data + offset : NULL;
}

/* Entry i of a table; false when it is not all in the file. */
static inline bool elf_entry(const struct elf_file *f, uint64_t table, uint64_t i, void *to, size_t size)
{
    const void *from = table <= f->size ? elf_range(f, table + i * size, size) : NULL;

    if (from)
        memcpy(to, from, size);
    return from != NULL;
}

/* Fills the fields of `image` that notes or a __xen_guest section set; others stay unset. */
void elf_notes_read(const struct elf_file *file, struct guest_image *image);
