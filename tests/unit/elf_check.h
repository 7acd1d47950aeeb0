/* SPDX-License-Identifier: MIT */
/* What must hold of a guest image that elf_parse() has accepted, and a load that proves it. */
#ifndef UNIT_ELF_CHECK_H
#define UNIT_ELF_CHECK_H

#include <stdlib.h>
#include "boot/guest_image.h"

#define elf_require(condition) do { if (!(condition)) abort(); } while (0)

struct elf_load_check {
    const struct guest_image *image;
    uint64_t sum;
};

/* Reads every source byte, so that ASan sees what lies outside the file. */
static inline int elf_check_write(void *context, uint64_t va, const void *src, size_t len)
{
    struct elf_load_check *c = context;

    elf_require(va >= c->image->v_start && len <= c->image->v_end - va);
    for (size_t i = 0; src && i < len; i++)
        c->sum += ((const uint8_t *)src)[i];
    return 0;
}

static inline void elf_require_sane(const struct guest_image *g, const void *file)
{
    struct elf_load_check c = { .image = g };

    elf_require(g->virt_base <= g->v_start && g->v_start < g->v_end);
    elf_require(g->v_start % PAGE_SIZE == 0 && g->v_end % PAGE_SIZE == 0);
    elf_require(g->v_end - g->virt_base <= GUEST_IMAGE_SPAN_MAX + PAGE_SIZE);
    elf_require(g->v_end <= 1UL << 47 || g->virt_base >= 0xffff880000000000);
    elf_require(g->entry >= g->v_start && g->entry < g->v_end);
    elf_require(g->hypercall_page == GUEST_IMAGE_UNSET ||
                (g->hypercall_page >= g->v_start && g->hypercall_page < g->v_end));
    elf_require(g->nr_segments >= 1 && g->nr_segments <= GUEST_SEGMENTS_MAX);
    elf_require(elf_load(g, file, elf_check_write, &c) == 0);
}

#endif
