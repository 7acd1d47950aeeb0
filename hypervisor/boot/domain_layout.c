/* SPDX-License-Identifier: MIT */
/* The plan of a domain's memory; the picture is in domain_layout.h. */
#include "boot/domain_layout.h"

#define MAP_ALIGN MIB(4)
#define MAP_SPARE KIB(512)

/* Tables of one level (covering 2^shift bytes each) that [start, end) touches. */
static uint64_t tables_for(uint64_t start, uint64_t end, unsigned int shift)
{
    return ((end - 1) >> shift) - (start >> shift) + 1;
}

static uint64_t all_tables(uint64_t start, uint64_t end)
{
    return tables_for(start, end, 21) + tables_for(start, end, 30) + tables_for(start, end, 39);
}

static struct pfn_range take(uint64_t *next, uint64_t count)
{
    struct pfn_range r = {*next, count};

    *next += count;
    return r;
}

void domain_layout_plan(const struct guest_image *image, uint64_t nr_pages, uint64_t ramdisk_size,
                        struct domain_layout *l)
{
    uint64_t next = (image->v_end - image->virt_base) >> PAGE_SHIFT;
    bool separate_p2m = image->p2m_base != GUEST_IMAGE_UNSET;
    uint64_t ramdisk_pages = div_round_up(ramdisk_size, PAGE_SIZE);
    uint64_t p2m_pages = div_round_up(nr_pages * sizeof(uint64_t), PAGE_SIZE);
    uint64_t tables, guess = 3;

    *l = (struct domain_layout){.virt_base = image->virt_base, .nr_pages = nr_pages, .p2m_va = image->p2m_base};
    if (!image->mod_start_pfn)
        l->ramdisk = take(&next, ramdisk_pages);
    if (!separate_p2m) {
        l->p2m = take(&next, p2m_pages);
        l->p2m_va = domain_layout_va(l, l->p2m.start);
    }
    l->start_info = take(&next, 1).start;
    l->store = take(&next, 1).start;
    l->console = take(&next, 1).start;
    /* More tables may push the end into the range of one more table: at most a few rounds. */
    do {
        guess++;
        l->v_end = align_up(domain_layout_va(l, next + guess + 1) + MAP_SPARE, MAP_ALIGN);
        tables = 1 + all_tables(l->virt_base, l->v_end ? l->v_end : -PAGE_SIZE);
    } while (tables > guess);
    l->tables = take(&next, tables);
    l->stack = take(&next, 1).start;
    boot_stop_if(l->v_end <= l->virt_base, "the kernel's mapping from 0x%lx does not fit below the end of the address space",
                 image->virt_base);
    next = (l->v_end - l->virt_base) >> PAGE_SHIFT;
    if (image->mod_start_pfn)
        l->ramdisk = take(&next, ramdisk_pages);
    if (separate_p2m) {
        l->p2m = take(&next, p2m_pages);
        l->p2m_tables = take(&next, all_tables(l->p2m_va, l->p2m_va + (p2m_pages << PAGE_SHIFT)));
    }
    boot_stop_if(next > nr_pages,
                 "the domain needs at least %lu KiB for its kernel, ramdisk and tables; memory= gives it %lu KiB",
                 next * 4, nr_pages * 4);
}
