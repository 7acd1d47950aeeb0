/* SPDX-License-Identifier: MIT */
/* Arguments: mostly such as could be right, some at an edge, a few of no sense at all. */
#include "fuzz.h"

unsigned int a_page(struct player *r)
{
    return random(r) % ARENA;
}
unsigned int a_level(unsigned int page)
{
    return page < ARENA * 3 / 4 ? 0 : page % 4 + 1;
}

unsigned int a_table(struct player *r, unsigned int level)
{
    return ARENA * 3 / 4 + (random(r) % (ARENA / 16)) * 4 + level - 1;
}

static uint64_t any_strange_mfn(struct player *r)
{
    switch (random(r) % 8) {
    case 0:
        return random(r) % max_mfn;
    case 1:
        return random(r) % 0x200;
    case 2:
        return 0xfec00 + random(r) % 0x300;
    case 3:
        return max_mfn - 2 + random(r) % 4;
    case 4:
        return PICK(r, MFN_BEYOND, ~0ul, ~0ul - 511, 1ul << 40, 1ul << 52, 0xffffffffff);
    case 5:
        return random(r);
    case 6:
        return random(r) % (max_mfn / 4);
    default:
        return shared_mfns[random(r) % ARRAY_SIZE(shared_mfns)];
    }
}

/* Our text and data are left alone, or few would live long. */
uint64_t a_strange_mfn(struct player *r)
{
    uint64_t mfn = any_strange_mfn(r);

    return mfn / 8 < sizeof(ours) && (ours[mfn / 8] >> mfn % 8 & 1) && !one_in(r, 5000) ? MFN_BEYOND : mfn;
}

uint64_t a_mfn(struct player *r)
{
    return one_in(r, 12) ? a_strange_mfn(r) : mfns[a_page(r)];
}

uint64_t a_boot_table(struct player *r)
{
    return virt_to_mfn((char *)start_info->pt_base + random(r) % start_info->nr_pt_frames * PAGE_SIZE);
}

uint64_t a_window(struct player *r)
{
    uint64_t x = random(r);

    return 0xffff000000000000ul | (300 + (x & 3)) << 39 | (x >> 2 & 1) << 30 | (x >> 3 & 1) << 21 | (x >> 4 & 31) << 12;
}

uint64_t a_strange_va(struct player *r)
{
    switch (random(r) % 6) {
    case 0:
        return PICK(r, 0, 8, 0x7ffffffffff8, 0x7fffffffffff, NON_CANONICAL, ~NON_CANONICAL, ~0ul, ~0ul - 7, UNMAPPED);
    case 1:
        return HYPERVISOR_START - 16 + random(r) % 32;
    case 2:
        return HYPERVISOR_TEXT + random(r) % (1ul << 32);
    case 3:
        return HYPERVISOR_START + (random(r) & 0x7fffffffffff);
    case 4:
        return 0xffff880000000000 - 16 + random(r) % 32;
    default:
        return random(r);
    }
}

uint64_t a_va(struct player *r)
{
    uint64_t offset = one_in(r, 2) ? random(r) & 0xff8 : PICK(r, 0, 8, 4088, 4092, 4095, 2047);

    switch (random(r) % 12) {
    case 0:
        return a_strange_va(r);
    case 1:
    case 2:
    case 3:
        return a_window(r) + offset;
    case 4:
    case 5:
    case 6:
    case 7:
        return (uint64_t)arena[a_page(r)] + offset;
    case 8:
        return (uint64_t)players[random(r) % n_vcpus].scratch + offset;
    default:
        return (uint64_t)r->scratch + (random(r) & 0x2ff8);
    }
}

/* A place to map something at that we can do without. */
uint64_t a_target(struct player *r)
{
    return one_in(r, 16) ? a_strange_va(r) : one_in(r, 2) ? a_window(r) : (uint64_t)arena[a_page(r)];
}

uint64_t a_number(struct player *r)
{
    switch (random(r) % 8) {
    case 0:
        return PICK(r, ~0ul, 1ul << 63, 1ul << 31, 0xffffffff, 0x80000001, 1ul << 32, 1ul << 60, 0x7fffffff, 1ul << 58);
    case 1:
        return random(r);
    case 2:
        return random(r) & 0xffff;
    case 3:
        return a_va(r);
    case 4:
        return a_mfn(r);
    default:
        return random(r) % 20;
    }
}

domid_t a_domid(struct player *r)
{
    return one_in(r, 8) ? (domid_t)PICK(r, 0, 1, 2, DOMID_IO, DOMID_XEN, DOMID_INVALID, 0x7ff3, 0xffff, 77)
                        : DOMID_SELF;
}

uint64_t a_pte(struct player *r)
{
    uint64_t flags = PICK(r, RW, RW, RO, RO, RO, RW & ~PTE_USER, RO | PTE_NX, 0), mfn;

    if (one_in(r, 16))
        flags ^= 1ul << PICK(r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 51, 52, 58, 62, 63);
    if (flags & PTE_RW)
        mfn = one_in(r, 16) ? a_boot_table(r) : a_mfn(r);
    else
        mfn = one_in(r, 16) ? p2m[random(r) % start_info->nr_pages] : a_mfn(r);
    return mfn << 12 | flags;
}

/* What goes into a table of that level: entries for tables of the level below, or for pages. */
uint64_t an_entry(struct player *r, unsigned int level)
{
    if (level < 2 || one_in(r, 20))
        return a_pte(r);
    return one_in(r, 5) ? 0 : mfns[a_table(r, level - 1)] << 12 | (one_in(r, 30) ? random(r) & 0xfff : RW);
}
