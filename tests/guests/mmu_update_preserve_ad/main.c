/* SPDX-License-Identifier: MIT */
/* mmu_update, MMU_PT_UPDATE_PRESERVE_AD: the entry's accessed and dirty bits survive the update. */
#include "guest.h"

static long preserve(uint64_t ptr, uint64_t val)
{
    struct mmu_update request = {.ptr = ptr | MMU_PT_UPDATE_PRESERVE_AD, .val = val};

    return hypercall(mmu_update, &request, 1, NULL, DOMID_SELF);
}

void test_main(void)
{
    char *page = page_alloc();
    uint64_t entry = pte_machine((uint64_t)page, 1), *pte = pte_of((uint64_t)page, 1);

    page[0] = 1;
    ktap_equal("a written page is accessed and dirty", *pte & (PTE_A | PTE_D), PTE_A | PTE_D);
    expect("updated without the bits", preserve(entry, pte_for(page, PTE_P | PTE_USER)), 0);
    ktap_equal("they stay", *pte & (PTE_A | PTE_D), PTE_A | PTE_D);
    ktap_equal("the rest is as asked", *pte & PTE_RW, 0);
    expect("a normal update without the bits", pte_write(entry, pte_for(page, PTE_P | PTE_RW | PTE_USER)), 0);
    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
    ktap_equal("clears them", *pte & (PTE_A | PTE_D), 0);
    (void)try_read((uint64_t)page);
    ktap_equal("reading sets accessed", *pte & (PTE_A | PTE_D), PTE_A);
    expect("a writable page table is refused here as well",
           preserve(entry, pte_for(boot_root(), RW)), -XEN_EBUSY);
    struct mmu_update unknown = {.ptr = entry | 3, .val = pte_for(page, RW)};
    expect("kind 3 (no translate) on one's own table", hypercall(mmu_update, &unknown, 1, NULL, DOMID_SELF), 0);
    ktap_equal("works as a normal update", *pte & PTE_RW, PTE_RW);
}
