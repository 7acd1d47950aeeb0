/* SPDX-License-Identifier: MIT */
/*
 * The five mistakes with page tables that every port makes once, each made on purpose, refused, and then put right.
 * docs/guide/08-page-tables.md shows them with what explain=on says; page_table_mistakes/explain.txt is that.
 */
#include "guest.h"

/* frame number */
static void pfn_for_mfn(void)
{
    void *page = page_alloc();

    expect("a pfn where an mfn belongs", va_map((uint64_t)page, virt_to_pfn(page) * PAGE_SIZE | RW), -XEN_EBUSY);
    expect("the mfn", va_map((uint64_t)page, virt_to_mfn(page) * PAGE_SIZE | RW), 0);
}

/* entry address */
static void pointer_for_machine_address(void)
{
    uint64_t *entry = pte_of(VIRT_BASE + 0x100000, 1);
    struct mmu_update update = {.ptr = (uint64_t)entry - VIRT_BASE, .val = *entry};

    expect("an entry's pseudophysical address", hypercall(mmu_update, &update, 1, NULL, DOMID_SELF), -XEN_EINVAL);
    update.ptr = virt_to_mfn(entry) * PAGE_SIZE + (uint64_t)entry % PAGE_SIZE;
    expect("its machine address", hypercall(mmu_update, &update, 1, NULL, DOMID_SELF), 0);
}

/* still writable */
static void table_still_writable(void)
{
    uint64_t *table = page_alloc();

    expect("pinning a page that is mapped writable", pin(1, table), -XEN_EINVAL);
    page_readonly(table);
    expect("and one that is not", pin(1, table), 0);
    unpin(table);
}

/* live table */
static void writable_mapping_of_a_table(void)
{
    expect("mapping a live table writable", va_map((uint64_t)boot_root(), pte_for(boot_root(), RW)), -XEN_EBUSY);
    expect("mapping it read-only", va_map((uint64_t)boot_root(), pte_for(boot_root(), RO)), 0);
}

/* superpage */
static long table_hook(uint64_t l2e)
{
    uint64_t *l1 = page_alloc();

    page_readonly(l1);
    return pte_write(l2e, pte_for(l1, RW));
}

static void superpage(void)
{
    uint64_t l2e = pte_machine(VIRT_BASE + 0x3fe00000, 2); /* a free slot of the l2 that maps the kernel */

    expect("mapping 2 MiB by one l2 entry", pte_write(l2e, pte_for(page_alloc(), RW | PTE_PSE)), -XEN_EINVAL);
    expect("an l1 table in its place", table_hook(l2e), 0);
}
/* end of mistakes */

void test_main(void)
{
    pfn_for_mfn();
    pointer_for_machine_address();
    table_still_writable();
    writable_mapping_of_a_table();
    superpage();
}
