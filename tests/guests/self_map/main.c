/* SPDX-License-Identifier: MIT */
/*
 * Linear page tables: an l4 slot that names an l4, read-only, shows the tables as memory. A writable one
 * never; another level only where the hypervisor was built for it.
 */
#include "guest.h"

void test_main(void)
{
    uint64_t *other = root_copy(), slot = virt_to_mfn(boot_root()) * PAGE_SIZE + 300 * 8;
    uint64_t linear = 0xffff000000000000ul | 300ul << 39;
    long rc;

    expect("the own root, writable", pte_write(slot, pte_for(boot_root(), RW)), -XEN_EINVAL);
    rc = pte_write(slot, pte_for(boot_root(), RO));
    expect("the own root, read-only", rc, -XEN_EINVAL);
    if (!rc) { /* where the hypervisor offers it, it must be harmless */
        uint64_t l4_linear = linear | 300ul << 30 | 300ul << 21 | 300ul << 12;

        mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
        ktap_equal("it shows the l4", *(uint64_t *)(l4_linear + 511 * 8), boot_root()[511]);
        expect_trap("but does not let it be written", try_write(l4_linear, 0), 14, 3);
        expect("making it writable", pte_write(slot, pte_for(boot_root(), RW)), -XEN_EINVAL);
        expect("and away", pte_write(slot, 0), 0);
    }
    expect("another l4, not yet one, read-only", pte_write(slot, pte_for(other, RO)), -XEN_EINVAL);
    expect("pinned", pin(4, other), 0);
    expect("another l4, pinned, read-only", pte_write(slot, pte_for(other, RO)), -XEN_EINVAL);
    expect("another l4, pinned, writable", pte_write(slot, pte_for(other, RW)), -XEN_EINVAL);
    expect("nothing", pte_write(slot, 0), 0);
    expect("unpin", unpin(other), 0);
    expect("ordinary again", page_writable(other), 0);
}
