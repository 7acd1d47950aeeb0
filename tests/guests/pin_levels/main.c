/* SPDX-License-Identifier: MIT */
/* mmuext pin and unpin of l1 to l4: what may be pinned as what, and what a pinned table forbids. */
#include "guest.h"

static void level(int n, uint64_t first_entry)
{
    uint64_t *table = page_alloc();

    print("# level %d\n", n);
    if (first_entry)
        table[0] = first_entry;
    expect("a table that is still mapped writable", pin(n, table), -XEN_EINVAL);
    expect("made read-only", page_readonly(table), 0);
    expect("pins", pin(n, table), 0);
    expect("twice does not", pin(n, table), -XEN_EINVAL);
    expect("as another level does not", pin(n % 4 + 1, table), -XEN_EINVAL);
    expect("cannot be mapped writable", page_writable(table), -XEN_EBUSY);
    expect("its entries are written by mmu_update", pte_write(virt_to_mfn(table) * PAGE_SIZE + 8, 0), 0);
    expect("unpins", unpin(table), 0);
    expect("once", unpin(table), -XEN_EINVAL);
    expect("is then an ordinary page", page_writable(table), 0);
    table[0] = 0;
}

void test_main(void)
{
    uint64_t *data = page_alloc(), *l1 = page_alloc(), *l2 = page_alloc();

    level(1, pte_for(data, RW));
    page_readonly(l1);
    level(2, pte_for(l1, RW));
    page_readonly(l2);
    level(3, pte_for(l2, RW));
    level(4, 0);

    page_writable(l1);
    l1[0] = mfn_not_ours() * PAGE_SIZE | RW;
    page_readonly(l1);
    expect("an l1 with a foreign frame", pin(1, l1), -XEN_EBUSY);
    expect("nor an l2 that names it", (page_writable(l2), l2[0] = pte_for(l1, RW), page_readonly(l2), pin(2, l2)), -XEN_EBUSY);
    expect("the l2 is an ordinary page again", page_writable(l2), 0);
    expect("the l1 is an ordinary page again", page_writable(l1), 0);
    l1[0] = pte_for(boot_root(), RW);
    page_readonly(l1);
    expect("an l1 that maps the root writable", pin(1, l1), -XEN_EBUSY);
    page_writable(l1);
    l1[0] = pte_for(boot_root(), RO);
    page_readonly(l1);
    expect("one that maps it read-only", pin(1, l1), 0);
    expect("unpin", unpin(l1), 0);
    page_writable(l1);
    l1[0] = pte_for(l1, RO);
    page_readonly(l1);
    expect("an l1 that maps itself read-only", pin(1, l1), 0);
    expect("unpin", unpin(l1), 0);
    page_writable(l1);
    l1[0] = pte_for(l1, RW);
    page_readonly(l1);
    expect("one that maps itself writable", pin(1, l1), -XEN_EBUSY);
    expect("a frame that is not ours", mmuext(MMUEXT_PIN_L1_TABLE, mfn_not_ours()), -XEN_EINVAL);
    expect("a frame beyond memory", mmuext(MMUEXT_PIN_L4_TABLE, MFN_BEYOND), -XEN_EINVAL);
    expect("unpin of a frame that is not ours", mmuext(MMUEXT_UNPIN_TABLE, mfn_not_ours()), -XEN_EINVAL);
    expect("unpin of a frame beyond memory", mmuext(MMUEXT_UNPIN_TABLE, MFN_BEYOND), -XEN_EINVAL);
    expect("unpin of a page that is not pinned", unpin(data), -XEN_EINVAL);
}
