/* SPDX-License-Identifier: MIT
 * Segments: our own GDT and LDT, single descriptors, segment bases. */
#include "selftest/test.h"

#define FLAT_DATA3 0x00cff3000000ffffUL
#define DATA3_WITH_BASE 0x12cff3345678ffffUL /* base 0x12345678 */
#define RING0_DATA 0x00cf93000000ffffUL
#define CALL_GATE 0x0000ec0000e03300UL

static uint64_t load_fs(uint64_t selector)
{
    __asm__ volatile("mov %w0, %%fs" ::"r"(selector));
    return 1;
}

static uint64_t clear_fs(void)
{
    return load_fs(0);
}

static void gdt(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), *d = frame_address(pfn), mfn = pfn_to_mfn(pfn);
    struct expect e;
    bool irq = irq_save();

    d[4] = FLAT_DATA3;
    table_adopt(pfn); /* a descriptor table must be read-only, like a page table */
    CHECK(HYPERVISOR_set_gdt(&mfn, 512), 0);
    CHECK(load_fs(4 * 8 + 3), 1);
    CHECK(HYPERVISOR_update_descriptor(mfn << PAGE_SHIFT | 5 * 8, FLAT_DATA3), 0);
    CHECK(d[5], FLAT_DATA3);
    CHECK(load_fs(5 * 8 + 3), 1);
    expect_run(&e, load_fs, 6 * 8 + 3);
    CHECK_TRUE(e.trapped);
    CHECK_TRUE(e.regs.vector == 11 || e.regs.vector == 13);
    clear_fs();
    CHECK(paging_protect(pfn, TEST_RW), ERR(EBUSY)); /* in use as a descriptor table */
    CHECK(HYPERVISOR_set_gdt(NULL, 0), 0);
    table_release(pfn);
    frame_put(pfn);
    irq_restore(irq);
}

static void gdt_refused(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), *d = frame_address(pfn), mfn = pfn_to_mfn(pfn);
    bool irq = irq_save();

    CHECK(HYPERVISOR_set_gdt(&mfn, 100000), ERR(EINVAL));
    CHECK(HYPERVISOR_set_gdt((void *)0x123456000, 1), ERR(EFAULT));
    CHECK(HYPERVISOR_set_gdt(&mfn, 512), ERR(EINVAL)); /* still writable */
    d[4] = CALL_GATE | 1UL << 40;
    d[5] = 0x00209b000000ffffUL; /* ring 0 code */
    table_adopt(pfn);
    if (HYPERVISOR_set_gdt(&mfn, 512) == 0) { /* accepted: then it has been made harmless */
        CHECK(d[5] >> 45 & 3, 3);
        CHECK(HYPERVISOR_set_gdt(NULL, 0), 0);
    }
    table_release(pfn);
    frame_put(pfn);
    irq_restore(irq);
}

static void update_refused(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), mfn = pfn_to_mfn(pfn);

    CHECK(HYPERVISOR_update_descriptor(mfn << PAGE_SHIFT | 3, FLAT_DATA3), ERR(EINVAL));
    CHECK(HYPERVISOR_update_descriptor(0xffffffffff000UL, FLAT_DATA3), ERR(EINVAL));
    frame_put(pfn);
}

static void ldt(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), *d = frame_address(pfn);
    struct expect e;
    bool irq = irq_save();

    d[2] = FLAT_DATA3;
    table_adopt(pfn);
    CHECK(test_extended(MMUEXT_SET_LDT, (uint64_t)d, 8), 0);
    expect_run(&e, load_fs, 2 * 8 + 4 + 3);
    CHECK(e.trapped, 0);
    clear_fs();
    CHECK(test_extended(MMUEXT_SET_LDT, 0, 0), 0);
    table_release(pfn);
    frame_put(pfn);
    irq_restore(irq);
}

static void ldt_refused(struct test_info *t)
{
    CHECK(test_extended(MMUEXT_SET_LDT, (uint64_t)test_window + 8, 8), ERR(EINVAL));
    CHECK(test_extended(MMUEXT_SET_LDT, (uint64_t)test_window, 100000), ERR(EINVAL));
}

static uint64_t read_fs(uint64_t offset)
{
    uint64_t value;

    __asm__ volatile("mov %%fs:(%1), %0" : "=r"(value) : "r"(offset));
    return value;
}

static void fs_base(struct test_info *t)
{
    static uint64_t data[2] = {11, 22};
    bool irq = irq_save();

    CHECK(HYPERVISOR_set_segment_base(SEGBASE_FS, (uint64_t)data), 0);
    CHECK(read_fs(8), 22);
    CHECK(HYPERVISOR_set_segment_base(SEGBASE_FS, 0), 0);
    irq_restore(irq);
}

static void gs_bases(struct test_info *t)
{
    bool irq = irq_save();

    CHECK(HYPERVISOR_set_segment_base(SEGBASE_GS_USER, 0x123456000), 0);
    CHECK(HYPERVISOR_set_segment_base(SEGBASE_GS_USER, 0), 0);
    CHECK(HYPERVISOR_set_segment_base(SEGBASE_GS_KERNEL, (uint64_t)this_cpu()), 0);
    CHECK(this_cpu()->self == this_cpu(), 1);
    irq_restore(irq);
}

static void base_refused(struct test_info *t)
{
    bool irq = irq_save();

    CHECK(HYPERVISOR_set_segment_base(SEGBASE_FS, 1UL << 63), ERR(EINVAL));
    CHECK(HYPERVISOR_set_segment_base(99, 0), ERR(EINVAL));
    irq_restore(irq);
}

const struct test descriptor_tests[] = {
    {"descriptor.gdt", gdt},
    {"descriptor.gdt_refused", gdt_refused},
    {"descriptor.update_refused", update_refused},
    {"descriptor.ldt", ldt},
    {"descriptor.ldt_refused", ldt_refused},
    {"descriptor.fs_base", fs_base},
    {"descriptor.gs_bases", gs_bases},
    {"descriptor.base_refused", base_refused},
    {0},
};
