/* SPDX-License-Identifier: MIT */
/*
 * Everything a guest could try through mmu_update to get what is not its own, or a page table it can
 * write: refused, and the entry is as before. The errno is the ABI's for the cause.
 */
#include "guest.h"

static uint64_t entry, *pte, before;
static char *page;

static void refused(const char *name, long rc, long want)
{
    expect(name, rc, want);
    if (*pte != before) {
        ktap_equal("and nothing was changed", *pte, before);
        pte_write(entry, before);
    }
}

void test_main(void)
{
    struct mmu_update request;
    unsigned int done = 99;

    page = page_alloc();
    entry = pte_machine((uint64_t)page, 1);
    pte = pte_of((uint64_t)page, 1);
    before = *pte;
    refused("l4 mapped writable", pte_write(entry, pte_for(boot_root(), RW)), -XEN_EBUSY);
    refused("l3 mapped writable", pte_write(entry, pte_for(mfn_to_virt(PTE_MFN(boot_root()[511])), RW)), -XEN_EBUSY);
    refused("l2 mapped writable", pte_write(entry, pte_for(pte_of(VIRT_BASE, 2), RW) & ~0xff8ul), -XEN_EBUSY);
    refused("l1 mapped writable", pte_write(entry, pte_for((void *)((uint64_t)pte & -PAGE_SIZE), RW)), -XEN_EBUSY);
    refused("a frame that is not ours", pte_write(entry, mfn_not_ours() * PAGE_SIZE | RW), -XEN_EBUSY);
    refused("a frame beyond memory", pte_write(entry, MFN_BEYOND * PAGE_SIZE | RW), -XEN_EPERM);
    refused("the same, read-only", pte_write(entry, mfn_not_ours() * PAGE_SIZE | RO), -XEN_EBUSY);
    refused("no frame at all", pte_write(entry, 0x000ffffffffff000ul | RW), -XEN_EINVAL);
    refused("a reserved address bit", pte_write(entry, before | 1ul << 51), -XEN_EPERM);
    refused("a table of nobody", pte_write(mfn_not_ours() * PAGE_SIZE, before), -XEN_EINVAL);
    refused("a table beyond memory", pte_write(MFN_BEYOND * PAGE_SIZE, before), -XEN_EINVAL);
    refused("a page that is no page table", pte_write(virt_to_mfn(page) * PAGE_SIZE, 0), 0);
    ktap_equal("is written as data", *(uint64_t *)page, 0);

    request = (struct mmu_update){.ptr = entry, .val = before};
    refused("a domain that does not exist", hypercall(mmu_update, &request, 1, NULL, 77), -XEN_ESRCH);
    refused("DOMID_INVALID", hypercall(mmu_update, &request, 1, NULL, 0x7ff4), -XEN_ESRCH);
    refused("requests inside the hypervisor", hypercall(mmu_update, HYPERVISOR_TEXT, 1, &done, DOMID_SELF), -XEN_EFAULT);
    refused("the same, asked briefly", hypercall(mmu_update, HYPERVISOR_TEXT, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    refused("requests that run over the top", hypercall(mmu_update, -8ull, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    refused("requests at an unmapped address", hypercall(mmu_update, UNMAPPED, 1, &done, DOMID_SELF), -XEN_EFAULT);
    refused("requests at a non-canonical address", hypercall(mmu_update, NON_CANONICAL, 1, &done, DOMID_SELF), -XEN_EFAULT);
    expect("done inside the hypervisor is not written, nor an error", hypercall(mmu_update, &request, 1, HYPERVISOR_TEXT, DOMID_SELF), 0);
    expect("nor is done in the read-only M2P", hypercall(mmu_update, &request, 1, HYPERVISOR_START, DOMID_SELF), 0);
}
