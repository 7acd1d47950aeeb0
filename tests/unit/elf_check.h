/* SPDX-License-Identifier: MIT */
/* What must hold of a guest image that elf_parse() has accepted, and a look at all that is to be loaded. */
#ifndef UNIT_ELF_CHECK_H
#define UNIT_ELF_CHECK_H

#include <stdlib.h>
#include "boot/guest_image.h"

#define elf_require(condition) do { if (!(condition)) abort(); } while (0)

static inline void elf_require_sane(const struct guest_image *g, const void *file)
{
    uint64_t sum = 0;

    elf_require(g->virt_base <= g->v_start && g->v_start < g->v_end);
    elf_require(g->v_start % PAGE_SIZE == 0 && g->v_end % PAGE_SIZE == 0);
    elf_require(g->v_end - g->virt_base <= GUEST_IMAGE_SPAN_MAX + PAGE_SIZE);
    elf_require(g->v_end <= 1UL << 47 || g->virt_base >= 0xffff880000000000);
    elf_require(g->entry >= g->v_start && g->entry < g->v_end);
    elf_require(g->hypercall_page == GUEST_IMAGE_UNSET ||
                (g->hypercall_page >= g->v_start && g->hypercall_page < g->v_end));
    elf_require(g->nr_segments >= 1 && g->nr_segments <= GUEST_SEGMENTS_MAX);
    for (size_t i = 0; i < g->nr_segments; i++) {
        const Elf64_Phdr *s = &g->segments[i];

        elf_require(s->p_vaddr >= g->v_start && s->p_memsz <= g->v_end - s->p_vaddr && s->p_filesz <= s->p_memsz);
        for (size_t at = 0; at < s->p_filesz; at++) /* so that ASan sees what lies outside the file */
            sum += ((const uint8_t *)file)[s->p_offset + at];
    }
    elf_require(sum < UINT64_MAX);
}

#endif
