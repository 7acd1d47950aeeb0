/* SPDX-License-Identifier: MIT */
/* update_va_mapping: the l1e of one's own virtual address, with each kind of flush. */
#include "guest.h"

void test_main(void)
{
    char *a = page_alloc(), *b = page_alloc();
    uint64_t va = (uint64_t)a, bitmap = 1;

    b[0] = 'b';
    expect("a new target, no flush", hypercall(update_va_mapping, va, pte_for(b, RW), UVMF_NONE), 0);
    expect("again, TLB flush of this vcpu", hypercall(update_va_mapping, va, pte_for(b, RW), UVMF_TLB_FLUSH | UVMF_LOCAL), 0);
    ktap_equal("it is used", a[0], 'b');
    expect("back, invlpg of this vcpu", hypercall(update_va_mapping, va, pte_for(a, RW), UVMF_INVLPG | UVMF_LOCAL), 0);
    ktap_equal("it is used", a[0], 0);
    expect("TLB flush everywhere", hypercall(update_va_mapping, va, pte_for(b, RW), UVMF_TLB_FLUSH | UVMF_ALL), 0);
    expect("invlpg everywhere", hypercall(update_va_mapping, va, pte_for(a, RW), UVMF_INVLPG | UVMF_ALL), 0);
    expect("TLB flush of a vcpu set", hypercall(update_va_mapping, va, pte_for(b, RW), UVMF_TLB_FLUSH | (uint64_t)&bitmap), 0);
    expect("invlpg of a vcpu set", hypercall(update_va_mapping, va, pte_for(a, RW), UVMF_INVLPG | (uint64_t)&bitmap), 0);
    expect("to nothing", va_map(va, 0), 0);
    expect_trap("which faults", try_write(va, 1), 14, 2);
    expect("and to something again", va_map(va, pte_for(a, RW)), 0);
    expect("read-only", va_map(va, pte_for(a, RO)), 0);
    expect_trap("writing faults as the ABI says, without the U bit", try_write(va, 1), 14, 3);
    ktap_equal("cr2 is in vcpu_info", trap_seen.cr2, va);
    expect("a page table, writable", va_map(va, pte_for(boot_root(), RW)), -XEN_EBUSY);
    expect("a frame that is not ours", va_map(va, mfn_not_ours() * PAGE_SIZE | RW), -XEN_EBUSY);
    expect("an address without an l1", va_map(UNMAPPED, pte_for(a, RW)), -XEN_EINVAL);
    expect("an address of the hypervisor", va_map(HYPERVISOR_TEXT, pte_for(a, RW)), -XEN_EINVAL);
    expect("the M2P", va_map(HYPERVISOR_START, pte_for(a, RW)), -XEN_EINVAL);
    expect("flush kind 3", hypercall(update_va_mapping, va, pte_for(a, RW), 3), 0);
    expect("a vcpu set at a bad address", hypercall(update_va_mapping, va, pte_for(a, RW), UVMF_INVLPG | (UNMAPPED)), -XEN_EFAULT);
    expect("for a domain that does not exist", hypercall(update_va_mapping_otherdomain, va, pte_for(a, RW), UVMF_NONE, 77), -XEN_ESRCH);
    expect("for oneself by name", hypercall(update_va_mapping_otherdomain, va, pte_for(a, RW), UVMF_NONE, DOMID_SELF), 0);
}
