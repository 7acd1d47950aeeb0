/* SPDX-License-Identifier: MIT */
/*
 * A guest's view of its own page tables. Boot tables live at pt_base and are mapped like everything else
 * at VIRT_BASE + pfn * 4096, so a table's contents are read directly and written by hypercall.
 */
#include "guest.h"

static char pool[256][PAGE_SIZE] page_aligned;
static unsigned int pool_used;

void *page_alloc(void)
{
    if (pool_used == ARRAY_SIZE(pool)) {
        ktap_ok("enough pages", false);
        guest_exit(SHUTDOWN_crash);
    }
    return pool[pool_used++];
}

static unsigned int slot(uint64_t va, int level) { return (va >> (12 + 9 * (level - 1))) & 511; }

uint64_t *pte_of(uint64_t va, int level)
{
    uint64_t *table = boot_root();

    for (int at = 4;; at--) {
        uint64_t *entry = &table[slot(va, at)];

        if (at == level)
            return entry;
        if (!(*entry & PTE_P) || (*entry & PTE_PSE))
            return NULL;
        table = mfn_to_virt(PTE_MFN(*entry));
    }
}

uint64_t pte_machine(uint64_t va, int level)
{
    uint64_t *entry = pte_of(va, level);

    return entry ? virt_to_mfn(entry) * PAGE_SIZE + ((uint64_t)entry & 4095) : 0;
}

long pte_write(uint64_t machine_address, uint64_t value)
{
    struct mmu_update request = {.ptr = machine_address | MMU_NORMAL_PT_UPDATE, .val = value};

    return hypercall(mmu_update, &request, 1, NULL, DOMID_SELF);
}

long va_map(uint64_t va, uint64_t pte)
{
    return hypercall(update_va_mapping, va, pte, UVMF_INVLPG | UVMF_LOCAL);
}

uint64_t pte_for(const void *page, uint64_t flags) { return virt_to_mfn(page) * PAGE_SIZE | flags; }
long page_readonly(void *page) { return va_map((uint64_t)page, pte_for(page, RO)); }
long page_writable(void *page) { return va_map((uint64_t)page, pte_for(page, RW)); }

long mmuext(unsigned int command, uint64_t mfn)
{
    struct mmuext_op op = {.cmd = command, .arg1.mfn = mfn};

    return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

long pin(int level, const void *table)
{
    return mmuext(MMUEXT_PIN_L1_TABLE + (unsigned int)level - 1, virt_to_mfn(table));
}

long unpin(const void *table) { return mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(table)); }

uint64_t mfn_not_ours(void)
{
    for (uint64_t mfn = 0x10000;; mfn++) { /* from 256 MiB: the tests give the machine 512 MiB */
        bool ours = false;

        for (uint64_t pfn = 0; pfn < start_info->nr_pages && !ours; pfn++)
            ours = p2m[pfn] == mfn;
        if (!ours)
            return mfn;
    }
}

uint64_t *root_copy(void)
{
    uint64_t *root = page_alloc();

    for (unsigned int i = 0; i < 512; i++)
        root[i] = i >= 256 && i < 272 ? 0 : boot_root()[i];
    page_readonly(root);
    return root;
}

bool map_new_va(uint64_t va, uint64_t pte)
{
    for (int level = 4; level > 1; level--) {
        uint64_t *entry = pte_of(va, level);
        uint64_t *table;

        if (*entry & PTE_P)
            continue;
        table = page_alloc();
        if (page_readonly(table) || pte_write(pte_machine(va, level), pte_for(table, RW)))
            return false;
    }
    return pte_write(pte_machine(va, 1), pte) == 0;
}
