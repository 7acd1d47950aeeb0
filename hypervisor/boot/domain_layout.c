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

static uint64_t take(uint64_t *next, uint64_t count)
{
    uint64_t pfn = *next;

    *next += count;
    return pfn;
}

int domain_layout_plan(const struct guest_image *image, uint64_t nr_pages, uint64_t ramdisk_size,
                       struct domain_layout *l, struct boot_error *err)
{
    uint64_t next = (image->v_end - image->virt_base) >> PAGE_SHIFT;
    bool separate_p2m = image->p2m_base != GUEST_IMAGE_UNSET;
    uint64_t ramdisk_pages = div_round_up(ramdisk_size, PAGE_SIZE);
    uint64_t p2m_pages = div_round_up(nr_pages * sizeof(uint64_t), PAGE_SIZE);

    *l = (struct domain_layout){.virt_base = image->virt_base, .nr_pages = nr_pages};
    if (ramdisk_pages && !image->mod_start_pfn)
        l->ramdisk = (struct pfn_range){take(&next, ramdisk_pages), ramdisk_pages};
    if (!separate_p2m) {
        l->p2m = (struct pfn_range){take(&next, p2m_pages), p2m_pages};
        l->p2m_va = domain_layout_va(l, l->p2m.start);
    }
    l->start_info = take(&next, 1);
    l->store = take(&next, 1);
    l->console = take(&next, 1);
    l->tables.start = next;
    /* More tables may push the end into the range of one more table: at most a few rounds. */
    for (uint64_t count = 4;; count++) {
        uint64_t end = domain_layout_va(l, next + count + 1) + MAP_SPARE;

        l->v_end = align_up(end, MAP_ALIGN);
        l->tables.count = 1 + all_tables(l->virt_base, l->v_end ? l->v_end : -PAGE_SIZE);
        if (l->tables.count <= count)
            break;
    }
    take(&next, l->tables.count);
    l->stack = take(&next, 1);
    if (!l->v_end || l->v_end <= l->virt_base)
        return boot_fail(err, "the kernel's mapping from %#lx does not fit below the end of the address space",
                         image->virt_base);
    next = (l->v_end - l->virt_base) >> PAGE_SHIFT;
    if (ramdisk_pages && image->mod_start_pfn)
        l->ramdisk = (struct pfn_range){take(&next, ramdisk_pages), ramdisk_pages};
    if (separate_p2m) {
        l->p2m = (struct pfn_range){take(&next, p2m_pages), p2m_pages};
        l->p2m_va = image->p2m_base;
        uint64_t count = all_tables(l->p2m_va, l->p2m_va + (p2m_pages << PAGE_SHIFT));
        l->p2m_tables = (struct pfn_range){take(&next, count), count};
    }
    if (next > nr_pages)
        return boot_fail(err, "the domain needs at least %lu KiB for its kernel, ramdisk and tables; memory= gives it "
                         "%lu KiB", next * 4, nr_pages * 4);
    return 0;
}
