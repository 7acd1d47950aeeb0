/* SPDX-License-Identifier: MIT
 * The kernel's own page tables, built once at boot, bottom up: fill l1 tables, then l2, l3, l4,
 * each through a window, make every one of them read-only in the map they describe, pin the root,
 * switch, and give the builder's tables back. Invariants: a frame that is a page table is mapped
 * nowhere writable; every frame of the domain is in the direct map. */
#include "arch/paravirt.h"
#include "lib/print.h"
#include "lib/string.h"
#include "memory/frame.h"

#define ENTRIES 512
#define TABLE_FLAGS (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define KERNEL_FLAGS (PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define slot(va, level) (((va) >> (12 + 9 * ((level)-1))) & 511)

struct root kernel_root;

__attribute__((aligned(PAGE_SIZE))) static uint64_t window[ENTRIES];

/* Where the new tables lie: consecutive frames, in this order. */
static struct {
    uint64_t start;                /* direct map's l1 tables */
    uint64_t direct_l2, direct_l3;
    uint64_t image_l1, image_l2, image_l3;
    uint64_t root, end;
    uint64_t old, old_end;         /* the builder's tables */
} tables;

static uint64_t divide_up(uint64_t n, uint64_t by)
{
    return (n + by - 1) / by;
}

static void tables_place(void)
{
    uint64_t ramdisk_end = machine.ramdisk_pfn + divide_up(machine.ramdisk_bytes, PAGE_SIZE);
    uint64_t l1s = divide_up(machine.pages, ENTRIES), l2s = divide_up(l1s, ENTRIES);
    uint64_t at, image_l1s = divide_up(image_pfn(_end), ENTRIES);

    tables.old = (start_info.pt_base - VIRT_BASE) >> PAGE_SHIFT;
    tables.old_end = tables.old + start_info.nr_pt_frames;
    at = tables.old_end;
    if (at < ramdisk_end && at + l1s + l2s + 8 + image_l1s > machine.ramdisk_pfn)
        at = ramdisk_end;
    tables.start = at;
    tables.direct_l2 = at += l1s;
    tables.direct_l3 = at += l2s;
    tables.image_l1 = ++at;
    tables.image_l2 = at += image_l1s;
    tables.image_l3 = ++at;
    tables.root = ++at;
    tables.end = at + 1;
    if (tables.end > machine.pages)
        panic("too little memory for the page tables of %lu pages", machine.pages);
}

static bool read_only_frame(uint64_t pfn)
{
    return (pfn >= tables.start && pfn < tables.end) ||
           (pfn >= tables.old && pfn < tables.old_end) ||
           (pfn >= image_pfn(_text) && pfn < image_pfn(_erodata));
}

static uint64_t *window_open(uint64_t pfn)
{
    if (HYPERVISOR_update_va_mapping((uint64_t)window, pte_make(pfn, KERNEL_FLAGS), UVMF_INVLPG))
        panic("cannot map frame %lx", pfn);
    memset(window, 0, PAGE_SIZE);
    return window;
}

static void fill_direct(void)
{
    for (uint64_t base = 0; base < machine.pages; base += ENTRIES) {
        uint64_t *t = window_open(tables.start + base / ENTRIES);

        for (uint64_t pfn = base; pfn < base + ENTRIES && pfn < machine.pages; pfn++)
            if (p2m[pfn] != ~0UL)
                t[pfn - base] = pte_make(pfn, read_only_frame(pfn) ? KERNEL_FLAGS & ~PTE_W
                                                                   : KERNEL_FLAGS);
    }
}

/* Text may run, rodata may not, data may be written; guards below stacks are not there at all. */
static pte_t image_pte(uint64_t pfn)
{
    uint64_t va = VIRT_BASE + (pfn << PAGE_SHIFT);

    if (va < (uint64_t)_text || va >= (uint64_t)_end || frame_is_guard(va))
        return 0;
    if (va == (uint64_t)shared_info_page)
        return start_info.shared_info | KERNEL_FLAGS;
    if (va < (uint64_t)_etext)
        return pte_make(pfn, PTE_P | PTE_A);
    if (va < (uint64_t)_erodata)
        return pte_make(pfn, KERNEL_FLAGS & ~PTE_W);
    return pte_make(pfn, KERNEL_FLAGS);
}

static void fill_image(void)
{
    for (uint64_t base = 0; base < image_pfn(_end); base += ENTRIES) {
        uint64_t *t = window_open(tables.image_l1 + base / ENTRIES);

        for (uint64_t i = 0; i < ENTRIES; i++)
            t[i] = image_pte(base + i);
    }
}

/* `count` consecutive tables, starting at slot `at` of the consecutive tables from `table` on. */
static void fill_upper(uint64_t table, uint64_t at, uint64_t below, uint64_t count)
{
    for (uint64_t done = 0; done < count;) {
        uint64_t *t = window_open(table++);

        for (; at < ENTRIES && done < count; at++, done++)
            t[at] = pte_make(below + done, TABLE_FLAGS);
        at = 0;
    }
}

/* The builder mapped the frames after the image too, writable: the new tables must not stay
 * there. */
static bool builder_maps(uint64_t va)
{
    const uint64_t *t = (const uint64_t *)start_info.pt_base;

    for (unsigned level = 4; level > 1; level--) {
        pte_t e = t[slot(va, level)];

        if (!(e & PTE_P))
            return false;
        t = (const uint64_t *)(VIRT_BASE + (pte_frame(e) << PAGE_SHIFT));
    }
    return t[slot(va, 1)] & PTE_P;
}

static void builder_unmap_tables(void)
{
    for (uint64_t pfn = tables.start; pfn < tables.end; pfn++)
        if (builder_maps(VIRT_BASE + (pfn << PAGE_SHIFT)))
            HYPERVISOR_update_va_mapping(VIRT_BASE + (pfn << PAGE_SHIFT), 0, UVMF_INVLPG);
}

static long root_op(unsigned cmd, uint64_t pfn)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = pfn ? pfn_to_mfn(pfn) : 0};

    return HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

void paging_setup(void)
{
    uint64_t *t;

    tables_place();
    fill_direct();
    fill_image();
    fill_upper(tables.direct_l2, 0, tables.start, tables.direct_l2 - tables.start);
    fill_upper(tables.direct_l3, 0, tables.direct_l2, tables.direct_l3 - tables.direct_l2);
    fill_upper(tables.image_l2, 0, tables.image_l1, tables.image_l2 - tables.image_l1);
    fill_upper(tables.image_l3, slot(VIRT_BASE, 3), tables.image_l2, 1);
    t = window_open(tables.root);
    t[slot(DIRECT_BASE, 4)] = pte_make(tables.direct_l3, TABLE_FLAGS);
    t[slot(VIRT_BASE, 4)] = pte_make(tables.image_l3, TABLE_FLAGS);
    builder_unmap_tables();
    /* The window is the last writable mapping of a table. */
    HYPERVISOR_update_va_mapping((uint64_t)window, pte_make(image_pfn(window), KERNEL_FLAGS),
                                 UVMF_INVLPG);
    if (root_op(MMUEXT_PIN_L4_TABLE, tables.root) || root_op(MMUEXT_NEW_BASEPTR, tables.root))
        panic("our page tables were refused");
    p2m = frame_address(((uint64_t)p2m - VIRT_BASE) >> PAGE_SHIFT);
    if (root_op(MMUEXT_UNPIN_TABLE, tables.old))
        panic("the builder's page tables cannot be given back");
    for (uint64_t pfn = tables.old; pfn < tables.old_end; pfn++)
        paging_protect(pfn, KERNEL_FLAGS);
    kernel_root.kernel_pfn = tables.root;
    frame_setup(tables.end, tables.old, tables.old_end);
    paging_report_p2m();
}

long paging_protect(uint64_t pfn, uint64_t flags)
{
    return HYPERVISOR_update_va_mapping((uint64_t)frame_address(pfn), pte_make(pfn, flags),
                                        UVMF_INVLPG | UVMF_ALL);
}

/* Tools that save or inspect the domain find the p2m through a two-level list of its frames. */
void paging_report_p2m(void)
{
    uint64_t top = frame_alloc(), per = PAGE_SIZE / 8, pages = divide_up(machine.pages, per);
    uint64_t *list = NULL, *top_list = frame_address(top);

    for (uint64_t i = 0; i < pages; i++) {
        if (i % per == 0) {
            uint64_t pfn = frame_alloc();

            list = frame_address(pfn);
            top_list[i / per] = pfn_to_mfn(pfn);
        }
        list[i % per] = address_to_mfn(p2m + i * per);
    }
    SHARED_INFO->arch.max_pfn = machine.pages;
    SHARED_INFO->arch.pfn_to_mfn_frame_list_list = pfn_to_mfn(top);
}
