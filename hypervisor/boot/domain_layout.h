/* SPDX-License-Identifier: MIT */
/*
 * Where things lie in a new domain: which pfns the kernel, ramdisk, p2m, start_info, rings and first page tables take,
 * and at which virtual addresses the guest finds them. Pure arithmetic.
 *
 * In this order from pfn 0, which is mapped at virt_base:
 *
 *   kernel | ramdisk, unless MOD_START_PFN | p2m, unless INIT_P2M | start_info | store ring | console ring |
 *   page tables | boot stack | spare, mapped up to 4 MiB alignment (at least 512 KiB) || ramdisk, if MOD_START_PFN |
 *   p2m and its page tables, if INIT_P2M | the rest of the domain's memory, not mapped
 */
#pragma once

#include "boot/guest_image.h"

struct pfn_range {
    uint64_t start, count;
};

struct domain_layout {
    uint64_t virt_base, v_end;
    uint64_t nr_pages;
    struct pfn_range ramdisk;    /* count 0: none */
    struct pfn_range p2m;        /* the entries */
    struct pfn_range p2m_tables; /* INIT_P2M only: l1s, l2s, l3s right behind the entries */
    uint64_t p2m_va;
    uint64_t start_info, store, console; /* pfns */
    struct pfn_range tables;     /* l4 first */
    uint64_t stack;
};

/* ramdisk_size 0: none. Ends in boot_stop() if the memory is not enough. */
void domain_layout_plan(const struct guest_image *image, uint64_t nr_pages, uint64_t ramdisk_size,
                        struct domain_layout *out);

static inline uint64_t domain_layout_va(const struct domain_layout *l, uint64_t pfn)
{
    return l->virt_base + (pfn << PAGE_SHIFT);
}
