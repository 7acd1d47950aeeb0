/* SPDX-License-Identifier: MIT */
/* mmuext NEW_BASEPTR and NEW_USER_BASEPTR: only a valid l4 becomes a root; the hypervisor's slots are its own. */
#include "guest.h"

/* A tree of which each table is another's child 512 times: long to check, and checked anew each time it is loaded. */
static uint64_t *slow_root(void)
{
    uint64_t *root = page_alloc(), *table, *child = page_alloc();

    page_readonly(child);
    for (int level = 2; level <= 3; level++, child = table) {
        table = page_alloc();
        for (unsigned int i = 0; i < 512; i++)
            table[i] = pte_for(child, RW);
        page_readonly(table);
    }
    for (unsigned int i = 0; i < 512; i++)
        root[i] = i < 256 ? pte_for(child, RW) : i < 272 ? 0 : boot_root()[i];
    page_readonly(root);
    return root;
}

/* A timer that fires meanwhile, sooner or later, makes the hypervisor give way in the midst of it. */
static void mov_to_cr3(void)
{
    uint64_t slow = virt_to_mfn(slow_root()) * PAGE_SIZE, boot = virt_to_mfn(boot_root()) * PAGE_SIZE;
    unsigned int faults = 0;

    for (unsigned int i = 1; i <= 100; i++) {
        hypercall(set_timer_op, time_ns() + i * 10000);
        faults += TRY("mov %0, %%cr3", : : "r"(slow) : "memory").vector != NO_TRAP;
        faults += TRY("mov %0, %%cr3", : : "r"(boot) : "memory").vector != NO_TRAP;
    }
    hypercall(set_timer_op, 0);
    ktap_equal("mov to cr3, whatever comes in between", faults, 0);
}

void test_main(void)
{
    uint64_t *root = root_copy(), *empty = page_alloc(), *data = page_alloc();
    uint64_t cr3;

    expect("a frame that is mapped writable", mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(data)), -XEN_EINVAL);
    expect("a frame that is not ours", mmuext(MMUEXT_NEW_BASEPTR, mfn_not_ours()), -XEN_EINVAL);
    expect("a frame beyond memory", mmuext(MMUEXT_NEW_BASEPTR, MFN_BEYOND), -XEN_EINVAL);
    expect("a table of another level", mmuext(MMUEXT_NEW_BASEPTR, PTE_MFN(boot_root()[511])), -XEN_EINVAL);
    expect("a copy of the root", pin(4, root), 0);
    expect("becomes the root", mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(root)), 0);
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    ktap_equal("which cr3 tells", cr3 / PAGE_SIZE, virt_to_mfn(root));
    ktap_equal("the M2P is still there", M2P[virt_to_mfn(root)], virt_to_pfn(root));
    expect("the former root can be returned to", mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(boot_root())), 0);
    expect("the same root again", mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(boot_root())), 0);
    expect("a user root", mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(root)), 0);
    expect("none", mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0);
    expect("a user root that is no table", mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(data)), -XEN_EINVAL);
    page_readonly(empty);
    expect("an empty l4 as user root, unpinned", mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(empty)), 0);
    expect("is a page table while it is one", page_writable(empty), -XEN_EBUSY);
    expect("and then no longer", mmuext(MMUEXT_NEW_USER_BASEPTR, 0), 0);
    expect("so it can be written again", page_writable(empty), 0);
    expect("writing a hypervisor slot of an l4", pte_write(virt_to_mfn(root) * PAGE_SIZE + 256 * 8, 0), -XEN_EINVAL);
    expect("the last of them", pte_write(virt_to_mfn(root) * PAGE_SIZE + 271 * 8, 0), -XEN_EINVAL);
    expect("the first after them is the guest's", pte_write(virt_to_mfn(root) * PAGE_SIZE + 272 * 8, 0), 0);
    expect("unpin", unpin(root), 0);
    expect("the l4 is an ordinary page again", page_writable(root), 0);
    mov_to_cr3();
}
