/* SPDX-License-Identifier: MIT
 * Page tables. One data frame is mapped many times in two pinned l1 tables that hang nowhere, so
 * that batches of up to 1024 entries need no memory to speak of. */
#include "bench/rows.h"
#include "lib/string.h"
#include "memory/frame.h"
#include "process/process.h"

#include <stddef.h>

#define MOST 1024
static struct mmu_update updates[MOST], undos[MOST];
static uint64_t l1[2], data;
static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

long bench_extended(unsigned cmd, uint64_t arg)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.linear_addr = arg};

    return HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static uint64_t table_new(pte_t entry, unsigned n)
{
    uint64_t pfn = frame_alloc();
    pte_t *t = frame_address(pfn);

    for (unsigned i = 0; i < n; i++)
        t[i] = entry;
    table_adopt(pfn);
    return pfn;
}

static void table_free(uint64_t pfn)
{
    table_release(pfn);
    frame_put(pfn);
}

static bool tables_begin(pte_t before, pte_t after)
{
    for (unsigned i = 0; i < 2; i++) {
        l1[i] = table_new(before, 512);
        if (bench_extended(MMUEXT_PIN_L1_TABLE, pfn_to_mfn(l1[i])))
            return false;
    }
    for (unsigned i = 0; i < MOST; i++) {
        updates[i].ptr = undos[i].ptr = pfn_to_mfn(l1[i / 512]) << PAGE_SHIFT | i % 512 * 8;
        updates[i].val = after;
        undos[i].val = before;
    }
    return true;
}

static pte_t data_entry(uint64_t flags)
{
    if (!data)
        data = frame_alloc();
    return pte_make(data, flags);
}

static bool map_begin(uint64_t n)
{
    (void)n;
    return tables_begin(0, data_entry(BENCH_RW));
}

static bool unmap_begin(uint64_t n)
{
    (void)n;
    return tables_begin(data_entry(BENCH_RW), 0);
}

static bool protect_begin(uint64_t n)
{
    (void)n;
    return tables_begin(data_entry(BENCH_RW), data_entry(BENCH_RW & ~PTE_W));
}

static bool same_begin(uint64_t n)
{
    (void)n;
    return tables_begin(data_entry(BENCH_RW), data_entry(BENCH_RW));
}

static long update(uint64_t n)
{
    return HYPERVISOR_mmu_update(updates, (unsigned)n, NULL, DOMID_SELF);
}

static void update_undo(uint64_t n)
{
    HYPERVISOR_mmu_update(undos, (unsigned)n, NULL, DOMID_SELF);
}

static void tables_end(uint64_t n)
{
    (void)n;
    for (unsigned i = 0; i < 2; i++) {
        bench_extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(l1[i]));
        table_free(l1[i]);
    }
}

/* The same by a store that traps, to the table's read-only place in the direct map. */
static bool trapped_begin(uint64_t n)
{
    return map_begin(n) &&
           !HYPERVISOR_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables);
}

static void trapped_end(uint64_t n)
{
    HYPERVISOR_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables);
    tables_end(n);
}

static long trapped_write(uint64_t n)
{
    (void)n;
    *(volatile pte_t *)frame_address(l1[0]) = updates[0].val;
    return 0;
}

static long trapped_exchange(uint64_t n)
{
    (void)n;
    __sync_bool_compare_and_swap((pte_t *)frame_address(l1[0]), 0, updates[0].val);
    return 0;
}

/* ---- by virtual address ---- */
static pte_t window_entry;

static bool window_begin(uint64_t n)
{
    (void)n;
    window_entry = data_entry(BENCH_RW);
    return HYPERVISOR_update_va_mapping((uint64_t)window, 0, UVMF_INVLPG) == 0;
}

static long window_map(uint64_t n)
{
    (void)n;
    return HYPERVISOR_update_va_mapping((uint64_t)window, window_entry, 0);
}

static long window_map_flush(uint64_t n)
{
    (void)n;
    return HYPERVISOR_update_va_mapping((uint64_t)window, window_entry, UVMF_INVLPG);
}

static void window_undo(uint64_t n)
{
    (void)n;
    HYPERVISOR_update_va_mapping((uint64_t)window, 0, UVMF_INVLPG);
}

static void window_end(uint64_t n)
{
    (void)n;
    HYPERVISOR_update_va_mapping((uint64_t)window, pte_make(image_pfn(window), BENCH_RW),
                                 UVMF_INVLPG);
}

/* ---- TLB and roots ---- */
static struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};
static struct mmuext_op flush_page = {.cmd = MMUEXT_INVLPG_LOCAL};
static struct mmuext_op base = {.cmd = MMUEXT_NEW_BASEPTR};
static struct mmuext_op user_base = {.cmd = MMUEXT_NEW_USER_BASEPTR};
static struct root other;

static long tlb_flush_all(uint64_t n)
{
    (void)n;
    return HYPERVISOR_mmuext_op(&flush, 1, NULL, DOMID_SELF);
}

static long tlb_flush_one(uint64_t n)
{
    (void)n;
    flush_page.arg1.linear_addr = (uint64_t)window;
    return HYPERVISOR_mmuext_op(&flush_page, 1, NULL, DOMID_SELF);
}

static bool roots_begin(uint64_t n)
{
    (void)n;
    if (!root_adopt(&other, current()->space.l3))
        return false;
    base.arg1.mfn = pfn_to_mfn(other.kernel_pfn);
    user_base.arg1.mfn = pfn_to_mfn(other.user_pfn);
    return true;
}

static long new_base(uint64_t n)
{
    (void)n;
    return HYPERVISOR_mmuext_op(&base, 1, NULL, DOMID_SELF);
}

static long new_user_base(uint64_t n)
{
    (void)n;
    return HYPERVISOR_mmuext_op(&user_base, 1, NULL, DOMID_SELF);
}

static long trapped_root(uint64_t n)
{
    (void)n;
    __asm__ volatile("mov %0, %%cr3" ::"r"((uint64_t)base.arg1.mfn << PAGE_SHIFT) : "memory");
    return 0;
}

static void roots_undo(uint64_t n)
{
    (void)n;
    root_switch(&current()->space.root, (uint64_t)current()->stack + STACK_SIZE);
}

static void roots_end(uint64_t n)
{
    (void)n;
    root_release(&other);
}

/* ---- pins: an l1 of n entries, or an l2 of n such tables ---- */
#define TREE 64
static uint64_t pinned, leaves[TREE];
static unsigned pin_cmd;

static bool pin_l1_begin(uint64_t n)
{
    window_entry = pte_make(image_pfn(window), BENCH_RW);
    pin_cmd = MMUEXT_PIN_L1_TABLE;
    pinned = table_new(data_entry(BENCH_RW), (unsigned)n);
    return true;
}

static bool pin_tree_begin(uint64_t n)
{
    uint64_t pfn = frame_alloc();

    window_entry = pte_make(image_pfn(window), BENCH_RW);
    pin_cmd = MMUEXT_PIN_L2_TABLE;
    for (uint64_t i = 0; i < n; i++) {
        leaves[i] = table_new(data_entry(BENCH_RW), 512);
        ((pte_t *)frame_address(pfn))[i] = pte_make(leaves[i], BENCH_TABLE);
    }
    table_adopt(pfn);
    pinned = pfn;
    return true;
}

static long pin(uint64_t n)
{
    (void)n;
    return bench_extended(pin_cmd, pfn_to_mfn(pinned));
}

static long unpin(uint64_t n)
{
    (void)n;
    return bench_extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(pinned));
}

/* A hypervisor may answer before a tree is taken apart, and finish when page tables are next
 * touched: so there is one such call more, and both are the price. */
static long unpin_tree(uint64_t n)
{
    long rc = unpin(n);

    return rc ? rc : HYPERVISOR_update_va_mapping((uint64_t)window, window_entry, 0);
}

static void pin_undo(uint64_t n)
{
    unpin_tree(n);
}

static void unpin_undo(uint64_t n)
{
    pin(n);
}

static bool unpin_l1_begin(uint64_t n)
{
    return pin_l1_begin(n) && !pin(n);
}

static bool unpin_tree_begin(uint64_t n)
{
    return pin_tree_begin(n) && !pin(n);
}

static void pin_l1_end(uint64_t n)
{
    (void)n;
    table_free(pinned);
}

static void unpin_l1_end(uint64_t n)
{
    unpin_tree(n);
    pin_l1_end(n);
}

static void pin_tree_end(uint64_t n)
{
    pin_l1_end(n);
    for (uint64_t i = 0; i < n; i++)
        table_free(leaves[i]);
}

static void unpin_tree_end(uint64_t n)
{
    unpin_tree(n);
    pin_tree_end(n);
}

/* ---- a new, empty l1 in an l2 ---- */
static bool install_begin(uint64_t n)
{
    (void)n;
    pinned = table_new(0, 0);
    l1[0] = table_new(0, 0);
    if (bench_extended(MMUEXT_PIN_L2_TABLE, pfn_to_mfn(pinned)))
        return false;
    updates[0].ptr = undos[0].ptr = pfn_to_mfn(pinned) << PAGE_SHIFT;
    updates[0].val = pte_make(l1[0], BENCH_TABLE);
    undos[0].val = 0;
    return true;
}

static void install_end(uint64_t n)
{
    bench_extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(pinned));
    pin_l1_end(n);
    table_free(l1[0]);
}

#define BATCH(what, n)                                                                             \
    {                                                                                              \
        "mmu_update_" #what, "hypercall", n, update, what##_begin, update_undo, tables_end         \
    }
#define UNPIN_l1   unpin
#define UNPIN_tree unpin_tree
#define PIN(what, n)                                                                               \
    {                                                                                              \
        "pin_" #what, "hypercall", n, pin, pin_##what##_begin, pin_undo, pin_##what##_end          \
    }
#define UNPIN(what, n)                                                                             \
    {                                                                                              \
        "unpin_" #what, "hypercall", n, UNPIN_##what, unpin_##what##_begin, unpin_undo,            \
            unpin_##what##_end                                                                     \
    }

const struct bench table_rows[] = {
    BATCH(map, 1),
    BATCH(map, 2),
    BATCH(map, 4),
    BATCH(map, 8),
    BATCH(map, 16),
    BATCH(map, 32),
    BATCH(map, 64),
    BATCH(map, 128),
    BATCH(map, 256),
    BATCH(map, 512),
    BATCH(map, 1024),
    BATCH(unmap, 1),
    BATCH(unmap, 16),
    BATCH(unmap, 128),
    BATCH(unmap, 1024),
    BATCH(protect, 1),
    BATCH(protect, 16),
    BATCH(protect, 128),
    BATCH(protect, 1024),
    BATCH(same, 1),
    BATCH(same, 16),
    BATCH(same, 128),
    BATCH(same, 1024),
    {"page_table_write", "trap", 1, trapped_write, trapped_begin, update_undo, trapped_end},
    {"page_table_cmpxchg", "trap", 1, trapped_exchange, trapped_begin, update_undo, trapped_end},
    {"update_va_mapping", "hypercall", 1, window_map, window_begin, window_undo, window_end},
    {"update_va_mapping_invlpg", "hypercall", 1, window_map_flush, window_begin, window_undo,
     window_end},
    {"tlb_flush", "hypercall", 1, tlb_flush_all},
    {"invlpg", "hypercall", 1, tlb_flush_one},
    {"invlpg", "trap", 1, .why = "invlpg raises #GP"},
    {"root_switch", "hypercall", 1, new_base, roots_begin, roots_undo, roots_end},
    {"root_switch", "trap", 1, trapped_root, roots_begin, roots_undo, roots_end},
    {"user_root_switch", "hypercall", 1, new_user_base, roots_begin, roots_undo, roots_end},
    PIN(l1, 1),
    PIN(l1, 8),
    PIN(l1, 64),
    PIN(l1, 512),
    UNPIN(l1, 1),
    UNPIN(l1, 8),
    UNPIN(l1, 64),
    UNPIN(l1, 512),
    PIN(tree, 1),
    PIN(tree, 4),
    PIN(tree, 16),
    PIN(tree, 64),
    UNPIN(tree, 1),
    UNPIN(tree, 4),
    UNPIN(tree, 16),
    UNPIN(tree, 64),
    {"install_l1", "hypercall", 1, update, install_begin, update_undo, install_end},
    {0},
};
