/* SPDX-License-Identifier: MIT */
/* mmuext_op beyond pinning and roots: flushes, clearing, copying, caches; counts and refusals. */
#include "guest.h"

static long one(struct mmuext_op op) { return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF); }

void test_main(void)
{
    char *a = page_alloc(), *b = page_alloc();
    uint64_t vcpus = 1, bad = HYPERVISOR_TEXT;
    struct mmuext_op list[3], op;
    unsigned int done = 99;

    expect("tlb_flush_local", one((struct mmuext_op){.cmd = MMUEXT_TLB_FLUSH_LOCAL}), 0);
    expect("invlpg_local", one((struct mmuext_op){.cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = (uint64_t)a}), 0);
    expect("invlpg_local of the hypervisor", one((struct mmuext_op){.cmd = MMUEXT_INVLPG_LOCAL, .arg1.linear_addr = bad}), 0);
    expect("tlb_flush_all", one((struct mmuext_op){.cmd = MMUEXT_TLB_FLUSH_ALL}), 0);
    expect("invlpg_all", one((struct mmuext_op){.cmd = MMUEXT_INVLPG_ALL, .arg1.linear_addr = (uint64_t)a}), 0);
    op = (struct mmuext_op){.cmd = MMUEXT_TLB_FLUSH_MULTI};
    set_xen_guest_handle(op.arg2.vcpumask, (void *)&vcpus);
    expect("tlb_flush_multi", one(op), 0);
    op.cmd = MMUEXT_INVLPG_MULTI;
    op.arg1.linear_addr = (uint64_t)a;
    expect("invlpg_multi", one(op), 0);
    set_xen_guest_handle(op.arg2.vcpumask, (void *)bad);
    expect("invlpg_multi with a bad set", one(op), -XEN_EINVAL);
    op.cmd = MMUEXT_TLB_FLUSH_MULTI;
    expect("tlb_flush_multi with a bad set", one(op), -XEN_EINVAL);
    expect("flush_cache", one((struct mmuext_op){.cmd = MMUEXT_FLUSH_CACHE}), 0);
    expect("flush_cache_global", one((struct mmuext_op){.cmd = MMUEXT_FLUSH_CACHE_GLOBAL}), 0);
    memcpy(a, "text", 5);
    op = (struct mmuext_op){.cmd = MMUEXT_COPY_PAGE, .arg1.mfn = virt_to_mfn(b)};
    op.arg2.src_mfn = virt_to_mfn(a);
    expect("copy_page", one(op), 0);
    ktap_ok("copied", !memcmp(b, "text", 5));
    op.arg1.mfn = virt_to_mfn(boot_root());
    expect("copy_page over a page table", one(op), -XEN_EINVAL);
    op.arg1.mfn = mfn_not_ours();
    expect("copy_page over a frame that is not ours", one(op), -XEN_EINVAL);
    op.arg1.mfn = virt_to_mfn(b);
    op.arg2.src_mfn = mfn_not_ours();
    expect("copy_page from a frame that is not ours", one(op), -XEN_EINVAL);
    expect("clear_page", one((struct mmuext_op){.cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = virt_to_mfn(a)}), 0);
    ktap_equal("cleared", (uint64_t)a[0], 0);
    expect("clear_page of a page table", one((struct mmuext_op){.cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = virt_to_mfn(boot_root())}), -XEN_EINVAL);
    expect("clear_page of a frame that is not ours", one((struct mmuext_op){.cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = mfn_not_ours()}), -XEN_EINVAL);
    expect("an unknown command", one((struct mmuext_op){.cmd = 77}), -XEN_ENOSYS);
    list[0] = list[2] = (struct mmuext_op){.cmd = MMUEXT_TLB_FLUSH_LOCAL};
    list[1] = (struct mmuext_op){.cmd = MMUEXT_PIN_L1_TABLE, .arg1.mfn = MFN_BEYOND};
    expect("the second of three is refused", hypercall(mmuext_op, list, 3, &done, DOMID_SELF), -XEN_EINVAL);
    ktap_equal("one is done", done, 1);
    expect("none", hypercall(mmuext_op, list, 0, &done, DOMID_SELF), 0);
    ktap_equal("done is 0", done, 0);
    expect("for a domain that does not exist", hypercall(mmuext_op, list, 1, &done, 77), -XEN_ESRCH);
    expect("a list inside the hypervisor", hypercall(mmuext_op, bad, 1, &done, DOMID_SELF), -XEN_EFAULT);
    expect("the same, asked briefly", hypercall(mmuext_op, bad, 1, NULL, DOMID_SELF), -XEN_EFAULT);
    expect("a list at an unmapped address", hypercall(mmuext_op, UNMAPPED, 1, &done, DOMID_SELF), -XEN_EFAULT);
}
