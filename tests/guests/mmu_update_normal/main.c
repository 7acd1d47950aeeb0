/* SPDX-License-Identifier: MIT */
/*
 * mmu_update, MMU_NORMAL_PT_UPDATE: a guest writes entries of its own l1 by machine address. One call can
 * carry several requests; `done` says how many were performed before one was refused.
 */
#include "guest.h"

void test_main(void)
{
    char *a = page_alloc(), *b = page_alloc();
    uint64_t entry = pte_machine((uint64_t)a, 1);
    struct mmu_update requests[3];
    unsigned int done = 99;
    uint32_t free_bits;

    b[0] = 'b';
    expect("an l1e can be replaced", pte_write(entry, pte_for(b, RW)), 0);
    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
    ktap_equal("the new mapping is used", a[0], 'b');
    ktap_equal("the entry reads back with its target", PTE_MFN(*pte_of((uint64_t)a, 1)), virt_to_mfn(b));
    expect("an l1e can be cleared", pte_write(entry, 0), 0);
    mmuext(MMUEXT_INVLPG_LOCAL, 0);
    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
    expect_trap("a cleared entry faults on reading", try_read((uint64_t)a), 14, 0);
    expect("a not-present entry may hold anything", pte_write(entry, 0xdeadbeef0000feul), 0);
    ktap_equal("and keeps it", *pte_of((uint64_t)a, 1), 0xdeadbeef0000feul);
    expect("and be made present again", pte_write(entry, pte_for(a, RW)), 0);
    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
    free_bits = PTE_AVAIL;
    expect("the available bits are the guest's", pte_write(entry, pte_for(a, RW | free_bits)), 0);
    ktap_equal("and read back", *pte_of((uint64_t)a, 1) & PTE_AVAIL, free_bits);
    expect("no-execute is the guest's", pte_write(entry, pte_for(a, RW | PTE_NX)), 0);
    ktap_equal("and reads back", *pte_of((uint64_t)a, 1) >> 63, 1);
    expect("cache attributes are the guest's", pte_write(entry, pte_for(a, RW | PTE_PCD | PTE_PWT)), 0);
    ktap_equal("and read back", *pte_of((uint64_t)a, 1) & (PTE_PCD | PTE_PWT), PTE_PCD | PTE_PWT);
    expect("without USER", pte_write(entry, pte_for(a, RW & ~PTE_USER)), 0);
    ktap_equal("the hypervisor adds it for a 64-bit kernel", *pte_of((uint64_t)a, 1) & PTE_USER, PTE_USER);

    expect("no requests at all", hypercall(mmu_update, requests, 0, &done, DOMID_SELF), 0);
    ktap_equal("done is then 0", done, 0);
    requests[0] = (struct mmu_update){.ptr = entry, .val = pte_for(a, RW)};
    requests[1] = (struct mmu_update){.ptr = entry, .val = pte_for(b, RW)};
    requests[2] = (struct mmu_update){.ptr = entry, .val = pte_for(a, RW)};
    done = 99;
    expect("three requests in one call", hypercall(mmu_update, requests, 3, &done, DOMID_SELF), 0);
    ktap_equal("all are done", done, 3);
    ktap_equal("in their order", PTE_MFN(*pte_of((uint64_t)a, 1)), virt_to_mfn(a));
    requests[1].val = 0x000ffffffffff000ul | RW;
    done = 99;
    expect("the second of three is refused", hypercall(mmu_update, requests, 3, &done, DOMID_SELF), -XEN_EINVAL);
    ktap_equal("one is done", done, 1);
    expect("done may be NULL", hypercall(mmu_update, requests, 1, NULL, DOMID_SELF), 0);
    expect("one's own domain id is not DOMID_SELF", hypercall(mmu_update, requests, 1, NULL, 0), -XEN_ESRCH);
}
