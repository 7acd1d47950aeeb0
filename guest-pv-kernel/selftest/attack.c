/* SPDX-License-Identifier: MIT
 * Page tables, the unlawful side: each test tries to get memory it may not have, or more right to
 * its own than is safe, and must be refused with the right error and without any effect. */
#include "selftest/test.h"

/* The l1 table that maps the window, and the process's l2: live page tables to aim at. */
static uint64_t live_l1(void)
{
    return MACHINE_TO_PHYS[test_entry(test_window) >> PAGE_SHIFT];
}

static void refused(struct test_info *t, uint64_t pte, long error)
{
    uint64_t at = test_entry(test_window);
    const pte_t *entry = (pte_t *)frame_address(live_l1()) + (at & 0xfff) / 8;
    pte_t before = *entry;

    CHECK(test_update(at, pte), error);
    CHECK(*entry & ~(PTE_A | PTE_D), before & ~(PTE_A | PTE_D));
    CHECK(test_window_map(pte), error);
    test_window_close();
}

static void writable_l1(struct test_info *t)
{
    refused(t, pte_make(live_l1(), TEST_RW), ERR(EBUSY));
}

static void writable_l2(struct test_info *t)
{
    refused(t, pte_make(current()->space.l2, TEST_RW), ERR(EBUSY));
}

static void writable_l3(struct test_info *t)
{
    refused(t, pte_make(current()->space.l3, TEST_RW), ERR(EBUSY));
}

static void writable_root(struct test_info *t)
{
    refused(t, pte_make(current()->space.root.kernel_pfn, TEST_RW), ERR(EBUSY));
}

static void readable_table(struct test_info *t)
{
    CHECK(test_window_map(pte_make(live_l1(), TEST_RO)), 0);
    CHECK(memcmp(test_window, frame_address(live_l1()), 64), 0);
    test_window_close();
}

static void frame_beyond_memory(struct test_info *t)
{
    refused(t, 0xffffffff000UL | TEST_RW, ERR(EPERM));
}

static void level_confusion(struct test_info *t)
{
    uint64_t l2 = frame_alloc();

    /* A live l1 cannot be an l2 at the same time, nor the other way round. */
    CHECK(test_extended(MMUEXT_PIN_L2_TABLE, pfn_to_mfn(live_l1()), 0), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_PIN_L1_TABLE, pfn_to_mfn(current()->space.l2), 0), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_PIN_L4_TABLE, pfn_to_mfn(current()->space.l3), 0), ERR(EINVAL));
    frame_put(l2);
}

static void pin_writable(struct test_info *t)
{
    uint64_t pfn = frame_alloc(); /* the direct map can still write to it */

    CHECK(test_extended(MMUEXT_PIN_L1_TABLE, pfn_to_mfn(pfn), 0), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_PIN_L4_TABLE, pfn_to_mfn(pfn), 0), ERR(EINVAL));
    frame_put(pfn);
}

static void pin_twice(struct test_info *t)
{
    uint64_t mfn = pfn_to_mfn(current()->space.root.kernel_pfn);

    CHECK(test_extended(MMUEXT_PIN_L4_TABLE, mfn, 0), ERR(EINVAL));
}

static void unpin_unpinned(struct test_info *t)
{
    uint64_t pfn = frame_alloc();

    CHECK(test_extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(pfn), 0), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(current()->space.l2), 0), ERR(EINVAL));
    frame_put(pfn);
}

static void pin_nowhere(struct test_info *t)
{
    CHECK(test_extended(MMUEXT_PIN_L1_TABLE, 0xffffffffffUL, 0), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_UNPIN_TABLE, 0xffffffffffUL, 0), ERR(EINVAL));
}

/* Fills a fresh table with one entry and tries to pin it: refused, and the frame is free again. */
static void bad_table(struct test_info *t, unsigned cmd, unsigned index, uint64_t entry, long error)
{
    uint64_t pfn = frame_alloc();

    ((pte_t *)frame_address(pfn))[index] = entry;
    table_adopt(pfn);
    CHECK(test_extended(cmd, pfn_to_mfn(pfn), 0), error);
    table_release(pfn); /* panics if a type stuck */
    frame_put(pfn);
}

/* Global is not a guest's to set above the last level. */
static void reserved_bits(struct test_info *t)
{
    uint64_t l1 = frame_alloc();

    table_adopt(l1);
    bad_table(t, MMUEXT_PIN_L2_TABLE, 1, pte_make(l1, TEST_TABLE | 0x100), ERR(EINVAL));
    table_release(l1);
    frame_put(l1);
}

static void bad_l1_content(struct test_info *t)
{
    bad_table(t, MMUEXT_PIN_L1_TABLE, 9, pte_make(live_l1(), TEST_RW), ERR(EBUSY));
    bad_table(t, MMUEXT_PIN_L1_TABLE, 511, 0xffffffff000UL | TEST_RW, ERR(EPERM));
}

static void bad_l2_content(struct test_info *t)
{
    /* A writable frame is no l1 table. */
    bad_table(t, MMUEXT_PIN_L2_TABLE, 1, pte_make(image_pfn(test_window), TEST_TABLE), ERR(EINVAL));
}

static void superpage(struct test_info *t)
{
    bad_table(t, MMUEXT_PIN_L2_TABLE, 0, pte_make(512, TEST_TABLE | 0x80), ERR(EINVAL));
}

static void self_writable(struct test_info *t)
{
    uint64_t pfn = frame_alloc();

    /* A table that would map itself writable when pinned. */
    ((pte_t *)frame_address(pfn))[0] = pte_make(pfn, TEST_RW);
    table_adopt(pfn);
    CHECK(test_extended(MMUEXT_PIN_L1_TABLE, pfn_to_mfn(pfn), 0), ERR(EBUSY));
    table_release(pfn);
    frame_put(pfn);
}

static void hypervisor_slots(struct test_info *t)
{
    uint64_t root = current()->space.root.kernel_pfn;
    pte_t l3 = pte_make(current()->space.l3, TEST_TABLE);
    pte_t before = ((pte_t *)frame_address(root))[256];

    CHECK(test_update(test_table_address(root, 256), l3), ERR(EINVAL));
    CHECK(test_update(test_table_address(root, 262), 0), ERR(EINVAL));
    CHECK(test_update(test_table_address(root, 271), l3), ERR(EINVAL));
    CHECK(((pte_t *)frame_address(root))[256], before);
    CHECK(test_update(test_table_address(root, 273), l3), 0);
    CHECK(test_update(test_table_address(root, 273), 0), 0);
}

static void new_root_garbage(struct test_info *t)
{
    uint64_t pfn = frame_alloc();

    CHECK(test_extended(MMUEXT_NEW_BASEPTR, pfn_to_mfn(pfn), 0), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_NEW_USER_BASEPTR, pfn_to_mfn(pfn), 0), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_NEW_BASEPTR, 0xffffffffffUL, 0), ERR(EINVAL));
    frame_put(pfn);
}

static void update_no_table(struct test_info *t)
{
    CHECK(HYPERVISOR_update_va_mapping(0xffffff0000000000UL, 0, 0), ERR(EINVAL));
    CHECK(HYPERVISOR_update_va_mapping(0xffff800000000000UL, 0, 0), ERR(EINVAL));
}

static void unknown_commands(struct test_info *t)
{
    CHECK(test_extended(999, 0, 0), ERR(ENOSYS));
}

static void nobody(struct test_info *t)
{
    struct mmu_update u = {test_entry(test_window), 0};
    struct mmuext_op op = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};

    CHECK(HYPERVISOR_mmu_update(&u, 1, NULL, 0x7123), ERR(ESRCH));
    CHECK(HYPERVISOR_mmuext_op(&op, 1, NULL, 0x7123), ERR(ESRCH));
}

static void bad_pointers(struct test_info *t)
{
    struct mmu_update *bad = (struct mmu_update *)0x123456000;
    uint64_t in_hypervisor = 0xffff830000001000UL;

    CHECK(HYPERVISOR_mmu_update(bad, 1, NULL, DOMID_SELF), ERR(EFAULT));
    CHECK(HYPERVISOR_mmu_update((struct mmu_update *)in_hypervisor, 1, NULL, DOMID_SELF),
          ERR(EFAULT));
    CHECK(HYPERVISOR_mmuext_op((struct mmuext_op *)bad, 1, NULL, DOMID_SELF), ERR(EFAULT));
    CHECK(HYPERVISOR_xen_version(XENVER_extraversion, (void *)in_hypervisor), ERR(EFAULT));
}

static void foreign_domain(struct test_info *t)
{
    struct mmu_update u = {test_entry(test_window), pte_make(image_pfn(test_window), TEST_RW)};

    /* The upper half of the last argument names the owner of the page tables, plus one. */
    CHECK(HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF), 0);
    CHECK(hypercall(__HYPERVISOR_mmu_update, (uint64_t)&u, 1, 0, 0x71240000UL | DOMID_SELF, 0),
          ERR(ESRCH));
    CHECK(HYPERVISOR_update_va_mapping_otherdomain((uint64_t)test_window, u.val, 0, 0x7123),
          ERR(ESRCH));
    test_window_close();
}

static void machphys_foreign(struct test_info *t)
{
    CHECK(test_update(0xffffffffffUL << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 1), ERR(EINVAL));
}

static uint64_t load(uint64_t va)
{
    return *(volatile uint64_t *)va;
}

static uint64_t write_one(uint64_t va)
{
    *(volatile uint64_t *)va = 1;
    return 1;
}

static void hypervisor_memory(struct test_info *t)
{
    struct expect e;

    expect_run(&e, load, 0xffff830000001000UL);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 14);
    CHECK(e.cr2, 0xffff830000001000UL);
    expect_run(&e, write_one, (uint64_t)&MACHINE_TO_PHYS[pfn_to_mfn(300)]);
    CHECK_TRUE(e.trapped);
    CHECK(MACHINE_TO_PHYS[pfn_to_mfn(300)], 300);
}

static void clear_table(struct test_info *t)
{
    CHECK(test_extended(MMUEXT_CLEAR_PAGE, pfn_to_mfn(live_l1()), 0), ERR(EINVAL));
}

const struct test attack_tests[] = {
    {"attack.writable_l1", writable_l1},
    {"attack.writable_l2", writable_l2},
    {"attack.writable_l3", writable_l3},
    {"attack.writable_root", writable_root},
    {"attack.readable_table", readable_table},
    {"attack.frame_beyond_memory", frame_beyond_memory},
    {"attack.reserved_bits", reserved_bits},
    {"attack.level_confusion", level_confusion},
    {"attack.pin_writable", pin_writable},
    {"attack.pin_twice", pin_twice},
    {"attack.unpin_unpinned", unpin_unpinned},
    {"attack.pin_nowhere", pin_nowhere},
    {"attack.bad_l1_content", bad_l1_content},
    {"attack.bad_l2_content", bad_l2_content},
    {"attack.superpage", superpage},
    {"attack.self_writable", self_writable},
    {"attack.hypervisor_slots", hypervisor_slots},
    {"attack.new_root_garbage", new_root_garbage},
    {"attack.update_no_table", update_no_table},
    {"attack.unknown_commands", unknown_commands},
    {"attack.nobody", nobody},
    {"attack.bad_pointers", bad_pointers},
    {"attack.foreign_domain", foreign_domain},
    {"attack.machphys_foreign", machphys_foreign},
    {"attack.hypervisor_memory", hypervisor_memory},
    {"attack.clear_table", clear_table},
    {0},
};
