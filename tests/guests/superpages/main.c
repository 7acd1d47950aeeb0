/* SPDX-License-Identifier: MIT */
/* Superpages are refused at every level, whatever they would map. */
#include "guest.h"

void test_main(void)
{
    uint64_t *l1 = page_alloc(), *l2 = page_alloc(), *l3 = page_alloc(), *l4 = page_alloc();
    uint64_t big = virt_to_mfn(page_alloc()) * PAGE_SIZE & ~0x1ffffful;

    page_readonly(l1);
    page_readonly(l2);
    page_readonly(l3);
    page_readonly(l4);
    expect("an l2 to work with", pin(2, l2), 0);
    expect("an l3 to work with", pin(3, l3), 0);
    expect("an l4 to work with", pin(4, l4), 0);
    expect("a 2 MiB l2e, writable", pte_write(virt_to_mfn(l2) * PAGE_SIZE, big | RW | PTE_PSE), -XEN_EINVAL);
    expect("a 2 MiB l2e, read-only", pte_write(virt_to_mfn(l2) * PAGE_SIZE, big | RO | PTE_PSE), -XEN_EINVAL);
    expect("an l2e of an l1 with the superpage bit", pte_write(virt_to_mfn(l2) * PAGE_SIZE, pte_for(l1, RW | PTE_PSE)), -XEN_EINVAL);
    expect("a 1 GiB l3e", pte_write(virt_to_mfn(l3) * PAGE_SIZE, RW | PTE_PSE), -XEN_EINVAL);
    expect("an l3e of an l2 with the superpage bit", pte_write(virt_to_mfn(l3) * PAGE_SIZE, pte_for(l2, RW | PTE_PSE)), -XEN_EINVAL);
    expect("an l4e with the superpage bit", pte_write(virt_to_mfn(l4) * PAGE_SIZE, pte_for(l3, RW | PTE_PSE)), -XEN_EINVAL);
    expect("an l2e of an l1", pte_write(virt_to_mfn(l2) * PAGE_SIZE, pte_for(l1, RW)), 0);
    expect("to which the superpage bit is added", pte_write(virt_to_mfn(l2) * PAGE_SIZE, pte_for(l1, RW | PTE_PSE)), -XEN_EINVAL);
    expect("a global l2e", pte_write(virt_to_mfn(l2) * PAGE_SIZE, pte_for(l1, RW | PTE_GLOBAL)), -XEN_EINVAL);
    expect("an l3e of an l2", pte_write(virt_to_mfn(l3) * PAGE_SIZE, pte_for(l2, RW)), 0);
    expect("to which the superpage bit is added", pte_write(virt_to_mfn(l3) * PAGE_SIZE, pte_for(l2, RW | PTE_PSE)), -XEN_EINVAL);
    expect("an l4e of an l3", pte_write(virt_to_mfn(l4) * PAGE_SIZE, pte_for(l3, RW)), 0);
    expect("to which the superpage bit is added", pte_write(virt_to_mfn(l4) * PAGE_SIZE, pte_for(l3, RW | PTE_PSE)), -XEN_EINVAL);
    expect("an l3e of an l1 (wrong level)", pte_write(virt_to_mfn(l3) * PAGE_SIZE + 8, pte_for(l1, RW)), -XEN_EINVAL);
    expect("an l4e of an l2 (wrong level)", pte_write(virt_to_mfn(l4) * PAGE_SIZE + 8, pte_for(l2, RW)), -XEN_EINVAL);
    expect("an l2e of an l3 (wrong level)", pte_write(virt_to_mfn(l2) * PAGE_SIZE + 8, pte_for(l3, RW)), -XEN_EINVAL);
    expect("take the l4 apart", unpin(l4), 0);
    expect("the l3", unpin(l3), 0);
    expect("the l2", unpin(l2), 0);
    ktap_ok("all are ordinary pages again",
            !page_writable(l1) && !page_writable(l2) && !page_writable(l3) && !page_writable(l4));
}
