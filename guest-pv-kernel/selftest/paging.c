/* SPDX-License-Identifier: MIT
 * Page tables, the lawful side: what a kernel does every day works and changes just what it
 * should. */
#include "selftest/test.h"

static void plain_frame(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), *page = frame_address(pfn);

    CHECK(test_update(test_table_address(pfn, 5), 0x123456), 0);
    CHECK(page[5], 0x123456);
    CHECK(page[4], 0);
    frame_put(pfn);
}

static void map_unmap(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), *page = frame_address(pfn);

    page[1] = 0xabcd;
    CHECK(test_update(test_entry(test_window), pte_make(pfn, TEST_RW)), 0);
    tlb_flush_page((uint64_t)test_window);
    CHECK(((uint64_t *)test_window)[1], 0xabcd);
    ((uint64_t *)test_window)[2] = 0x77;
    CHECK(page[2], 0x77);
    test_window_close();
    frame_put(pfn);
}

static void batch_done(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), *page = frame_address(pfn);
    unsigned done = 99;
    struct mmu_update u[3] = {
        {test_table_address(pfn, 0), 1},
        {0xffffffffffUL << PAGE_SHIFT, 2}, /* no such frame */
        {test_table_address(pfn, 2), 3},
    };

    CHECK_NOT(HYPERVISOR_mmu_update(u, 3, &done, DOMID_SELF), 0);
    CHECK(done, 1);
    CHECK(page[0], 1);
    CHECK(page[2], 0);
    frame_put(pfn);
}

static void preserve_ad(struct test_info *t)
{
    uint64_t entry = test_entry(test_window), pfn = image_pfn(test_window), value;

    CHECK(test_update(entry, pte_make(pfn, PTE_P | PTE_W | PTE_NX)), 0);
    tlb_flush_page((uint64_t)test_window);
    *(volatile char *)test_window = 1; /* the processor sets A and D */
    CHECK(test_update(entry | MMU_PT_UPDATE_PRESERVE_AD, pte_make(pfn, PTE_P | PTE_NX)), 0);
    value = ((pte_t *)frame_address(pte_frame(entry & ~0xfffUL)))[(entry & 0xfff) / 8];
    CHECK(value & (PTE_A | PTE_D | PTE_W), PTE_A | PTE_D);
    test_window_close();
}

static void machphys(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), mfn = pfn_to_mfn(pfn);

    CHECK(test_update(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, pfn + 1), 0);
    CHECK(MACHINE_TO_PHYS[mfn], pfn + 1);
    CHECK(test_update(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, pfn), 0);
    CHECK(MACHINE_TO_PHYS[mfn], pfn);
    frame_put(pfn);
}

static void pin_l1(struct test_info *t)
{
    uint64_t pfn = frame_alloc();

    ((pte_t *)frame_address(pfn))[3] = pte_make(image_pfn(test_window), TEST_RO);
    table_adopt(pfn);
    CHECK(test_extended(MMUEXT_PIN_L1_TABLE, pfn_to_mfn(pfn), 0), 0);
    CHECK(test_update(test_table_address(pfn, 4), pte_make(image_pfn(test_window), TEST_RW)), 0);
    CHECK(test_extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(pfn), 0), 0);
    table_release(pfn);
    frame_put(pfn);
}

static void pin_levels(struct test_info *t)
{
    uint64_t pfn[5];

    for (unsigned level = 1; level <= 4; level++) {
        pfn[level] = frame_alloc();
        if (level > 1)
            ((pte_t *)frame_address(pfn[level]))[7] = pte_make(pfn[level - 1], TEST_TABLE);
    }
    for (unsigned level = 1; level <= 4; level++)
        table_adopt(pfn[level]);
    CHECK(test_extended(MMUEXT_PIN_L4_TABLE, pfn_to_mfn(pfn[4]), 0), 0);
    CHECK(test_update(test_table_address(pfn[3], 7), 0), 0);
    CHECK(test_update(test_table_address(pfn[2], 7), 0), 0);
    CHECK(test_update(test_table_address(pfn[3], 9), pte_make(pfn[2], TEST_TABLE)), 0);
    CHECK(test_extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(pfn[4]), 0), 0);
    tlb_flush();
    for (unsigned level = 1; level <= 4; level++) {
        table_release(pfn[level]);
        frame_put(pfn[level]);
    }
}

static void trapped_write(struct test_info *t)
{
    volatile pte_t *entry;
    uint64_t at = test_entry(test_window), pfn = image_pfn(test_window);

    entry = (volatile pte_t *)frame_address(MACHINE_TO_PHYS[at >> PAGE_SHIFT]) + (at & 0xfff) / 8;
    CHECK(HYPERVISOR_vm_assist(VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
    *entry = pte_make(pfn, TEST_RO);
    CHECK(*entry & (PTE_P | PTE_W), PTE_P);
    __atomic_exchange_n(entry, pte_make(pfn, TEST_RW), __ATOMIC_SEQ_CST);
    CHECK(*entry & (PTE_P | PTE_W), PTE_P | PTE_W);
    CHECK(HYPERVISOR_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
    test_window_close();
}

static uint64_t store(uint64_t va)
{
    *(volatile uint64_t *)va = *(volatile uint64_t *)va;
    return 1;
}

static void untrapped_write(struct test_info *t)
{
    struct expect e;
    /* In an l4: writes to an l1 may be taken over for domain 0 whatever it asked for. */
    uint64_t va = (uint64_t)frame_address(kernel_root.kernel_pfn) + 300 * 8;

    expect_run(&e, store, va);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 14);
    CHECK(e.regs.error, 3);
    CHECK(e.cr2, va);
}

static void clear_copy(struct test_info *t)
{
    uint64_t a = frame_alloc(), b = frame_alloc(), *pa = frame_address(a), *pb = frame_address(b);
    struct mmuext_op op = {.cmd = MMUEXT_COPY_PAGE, .arg1.mfn = pfn_to_mfn(b)};

    pa[0] = pa[511] = 42;
    op.arg2.src_mfn = pfn_to_mfn(a);
    CHECK(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    CHECK(pb[0] + pb[511], 84);
    CHECK(test_extended(MMUEXT_CLEAR_PAGE, pfn_to_mfn(b), 0), 0);
    CHECK(pb[0] + pb[511], 0);
    frame_put(a);
    frame_put(b);
}

static void flushes(struct test_info *t)
{
    uint64_t cpus_mask = 1;
    struct mmuext_op op = {.cmd = MMUEXT_TLB_FLUSH_MULTI};

    set_xen_guest_handle(op.arg2.vcpumask, &cpus_mask);
    CHECK(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    op.cmd = MMUEXT_INVLPG_MULTI;
    op.arg1.linear_addr = (uint64_t)test_window;
    CHECK(HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF), 0);
    CHECK(test_extended(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
    CHECK(test_extended(MMUEXT_INVLPG_ALL, (uint64_t)test_window, 0), 0);
    CHECK(test_extended(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    CHECK(test_extended(MMUEXT_INVLPG_LOCAL, (uint64_t)test_window, 0), 0);
}

static void user_base_none(struct test_info *t)
{
    bool irq = irq_save();

    CHECK(test_extended(MMUEXT_NEW_USER_BASEPTR, 0, 0), 0);
    CHECK(test_extended(MMUEXT_NEW_USER_BASEPTR, pfn_to_mfn(current()->space.root.user_pfn), 0), 0);
    irq_restore(irq);
}

static void m2p_default(struct test_info *t)
{
    struct xen_machphys_mapping m = {0};

    CHECK(HYPERVISOR_memory_op(XENMEM_machphys_mapping, &m), 0);
    CHECK(m.v_start, (uint64_t)MACHINE_TO_PHYS);
    CHECK_TRUE(m.max_mfn > 0 && m.v_end > m.v_start);
    CHECK(MACHINE_TO_PHYS[pfn_to_mfn(300)], 300);
}

const struct test paging_tests[] = {
    {"paging.plain_frame", plain_frame},
    {"paging.map_unmap", map_unmap},
    {"paging.batch_done", batch_done},
    {"paging.preserve_ad", preserve_ad},
    {"paging.machphys", machphys},
    {"paging.pin_l1", pin_l1},
    {"paging.pin_levels", pin_levels},
    {"paging.trapped_write", trapped_write},
    {"paging.untrapped_write", untrapped_write},
    {"paging.clear_copy", clear_copy},
    {"paging.flushes", flushes},
    {"paging.user_base_none", user_base_none},
    {"paging.m2p_default", m2p_default},
    {0},
};
