/* SPDX-License-Identifier: MIT */
/*
 * set_gdt, update_descriptor and mmuext SET_LDT: descriptor tables are read-only frames whose descriptors
 * can give no more than ring 3 (or a call gate to it).
 */
#include "guest.h"

#define CODE64 0x00affb000000ffffull
#define DATA 0x00cff3000000ffffull

static uint64_t at(void *table, unsigned int n) { return virt_to_mfn(table) * PAGE_SIZE + n * 8; }

void test_main(void)
{
    unsigned int faults = 0;
    uint64_t *gdt = page_alloc(), *data = page_alloc(), *ldt = page_alloc(), *bad = page_alloc();
    uint64_t frames[16] = {virt_to_mfn(gdt)};
    struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};

    gdt[1] = DATA;
    expect("a GDT frame that is mapped writable", hypercall(set_gdt, frames, 512), -XEN_EINVAL);
    page_readonly(gdt);
    expect("made read-only", hypercall(set_gdt, frames, 512), 0);
    expect("cannot be made writable", page_writable(gdt), -XEN_EBUSY);
    expect_no_trap("a selector of it loads", TRY("mov %0, %%es", : : "r"(0xb) : "memory"));
    expect("a data descriptor", hypercall(update_descriptor, at(gdt, 2), DATA), 0);
    ktap_equal("is there", gdt[2], DATA);
    expect("a 64-bit code descriptor", hypercall(update_descriptor, at(gdt, 3), CODE64), 0);
    expect("an empty one", hypercall(update_descriptor, at(gdt, 4), 0), 0);
    expect("a not-present one may be anything", hypercall(update_descriptor, at(gdt, 5), 0x0000090000000067ull), 0);
    expect("a ring-0 code segment is refused", hypercall(update_descriptor, at(gdt, 6), 0x00af9b000000ffffull), 0);
    ktap_equal("or lowered to ring 3", gdt[6] >> 45 & 3, 3);
    expect("a TSS", hypercall(update_descriptor, at(gdt, 6), 0x00008b0000000067ull), -XEN_EINVAL);
    expect("an LDT descriptor", hypercall(update_descriptor, at(gdt, 6), 0x0000820000000067ull), -XEN_EINVAL);
    expect("an interrupt gate", hypercall(update_descriptor, at(gdt, 6), 0x0000ee0000000000ull), -XEN_EINVAL);
    expect("a call gate", hypercall(update_descriptor, at(gdt, 6), 0x0000ec0000080000ull), 0);
    ktap_equal("loses its DPL, so that using it faults", gdt[6] >> 45 & 3, 0);
    expect("code for both 32 and 64 bits", hypercall(update_descriptor, at(gdt, 6), 0x00effb000000ffffull), 0);
    expect("a misaligned address", hypercall(update_descriptor, at(gdt, 6) + 1, DATA), -XEN_EINVAL);
    expect("a frame that is not ours", hypercall(update_descriptor, mfn_not_ours() * PAGE_SIZE, DATA), -XEN_EINVAL);
    expect("a frame beyond memory", hypercall(update_descriptor, MFN_BEYOND * PAGE_SIZE, DATA), -XEN_EINVAL);
    expect("a page table", hypercall(update_descriptor, at(boot_root(), 0), DATA), -XEN_EINVAL);
    expect("an ordinary page is written as data", hypercall(update_descriptor, at(data, 0), DATA), 0);
    ktap_equal("it is", data[0], DATA);
    frames[0] = mfn_not_ours();
    expect("a GDT of a foreign frame", hypercall(set_gdt, frames, 512), -XEN_EINVAL);
    expect("the former one is still in place", (long)TRY("mov %0, %%es", : : "r"(0xb) : "memory").vector, NO_TRAP);
    expect("too many entries", hypercall(set_gdt, frames, 0xe001), -XEN_EINVAL);
    expect("frames inside the hypervisor", hypercall(set_gdt, HYPERVISOR_TEXT, 512), -XEN_EFAULT);
    bad[1] = 0x00008b0000000067ull;
    page_readonly(bad);
    frames[0] = virt_to_mfn(bad);
    expect("a GDT frame that holds a TSS", hypercall(set_gdt, frames, 512), -XEN_EINVAL);
    expect("which stays an ordinary page", page_writable(bad), 0);
    __asm__ volatile("mov %0, %%es" : : "r"(0));
    expect("no GDT at all", hypercall(set_gdt, frames, 0), 0);
    expect("the former frame is an ordinary page", page_writable(gdt), 0);
    ldt[1] = DATA;
    page_readonly(ldt);
    op.arg1.linear_addr = (uint64_t)ldt;
    op.arg2.nr_ents = 512;
    expect("an LDT", hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF), 0);
    expect_no_trap("a selector of it loads", TRY("mov %0, %%es", : : "r"(0xf) : "memory"));
    expect("cannot be made writable after use", page_writable(ldt), -XEN_EBUSY);
    __asm__ volatile("mov %0, %%es" : : "r"(0));
    for (uint64_t va = HYPERVISOR_TEXT + 0xc0000000, i = 0; i < 32; i++, va += PAGE_SIZE)
        faults += try_read(va).vector == 14; /* where the CPU reads it is not ours to read: no part of the LDT's life */
    ktap_equal("reads around the CPU's own tables fault", faults, 32);
    op.arg1.linear_addr = (uint64_t)ldt + 8;
    expect("a misaligned LDT", hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF), -XEN_EINVAL);
    op.arg1.linear_addr = (uint64_t)ldt;
    op.arg2.nr_ents = 8193;
    expect("an LDT of too many entries", hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF), -XEN_EINVAL);
    op.arg2.nr_ents = 0;
    expect("no LDT", hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF), 0);
    expect("the LDT's frame is an ordinary page", page_writable(ldt), 0);
    expect_trap("its selectors are gone", TRY("mov %0, %%es", : : "r"(0xf) : "memory"), 13, 0xc);
}
