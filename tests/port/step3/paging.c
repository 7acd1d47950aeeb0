/* SPDX-License-Identifier: MIT */
/*
 * Pages, page tables, address spaces. Tables are reached at VIRT_BASE like all memory, read-only: entries hold
 * machine frames, and change by hypercall.
 */
#include "hypercall.h"
#include "kernel.h"

#define POOL 64

uint64_t *boot_root; /* the tables we were started with */
static uint64_t *current;
static char pool[POOL][PAGE_SIZE] __attribute__((aligned(4096)));
static void *free_pages[POOL];
static unsigned int free_count;

/* Machine address of something of ours (p2m), and back (M2P). */
static uint64_t machine(const void *p)
{
    const uint64_t *p2m = (const uint64_t *)start_info->mfn_list;
    uint64_t offset = (uint64_t)p - VIRT_BASE;

    return p2m[offset / PAGE_SIZE] * PAGE_SIZE + offset % PAGE_SIZE;
}

static void *address(uint64_t machine)
{
    return (void *)(machine_to_phys_mapping[machine / PAGE_SIZE] * PAGE_SIZE + VIRT_BASE);
}

static void extended(unsigned int command, uint64_t argument)
{
    struct mmuext_op op = {.cmd = command, .arg1.mfn = argument};

    if (hypercall(mmuext_op, &op, 1, 0, DOMID_SELF))
        panic("mmuext_op %u of %x", (uint64_t)command, argument);
}

void *page_alloc(void)
{
    if (!free_count)
        panic("no page left");
    return memset(free_pages[--free_count], 0, PAGE_SIZE);
}

void page_free(void *page) { free_pages[free_count++] = page; }
unsigned int pages_free(void) { return free_count; }

void paging_init(void)
{
    for (unsigned int i = 0; i < POOL; i++)
        page_free(pool[i]);
    space_load(boot_root);
}

static void entry_write(uint64_t *entry, uint64_t value)
{
    struct mmu_update update = {.ptr = machine(entry) | MMU_NORMAL_PT_UPDATE, .val = value};

    if (hypercall(mmu_update, &update, 1, 0, DOMID_SELF))
        panic("entry %x := %x", (uint64_t)entry, value);
}

/* A page becomes a table: nobody may write it any more, then it is checked and held as one. */
static uint64_t *table_new(int level)
{
    uint64_t *table = page_alloc();

    if (hypercall(update_va_mapping, table, machine(table) | PTE_P, UVMF_INVLPG))
        panic("table %x stays writable", (uint64_t)table);
    extended(MMUEXT_PIN_L1_TABLE + level - 1, machine(table) / PAGE_SIZE);
    return table;
}

static uint64_t *table_of(uint64_t entry) { return address(entry & 0x000ffffffffff000); }

/* The level 1 entry of va, with the tables above it made where there are none. */
static uint64_t *entry_of(uint64_t *root, uint64_t va)
{
    uint64_t *table = root;

    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t *entry = &table[va >> shift & 511];

        if (!(*entry & PTE_P))
            entry_write(entry, machine(table_new((shift - 12) / 9)) | PTE_P | PTE_W | PTE_U);
        table = table_of(*entry);
    }
    return &table[va >> 12 & 511];
}

void map(uint64_t *root, uint64_t va, void *page, uint64_t flags)
{
    entry_write(entry_of(root, va), machine(page) | PTE_P | flags);
}

void unmap(uint64_t *root, uint64_t va)
{
    entry_write(entry_of(root, va), 0);
    extended(MMUEXT_INVLPG_LOCAL, va);
}

bool paging_fault(uint64_t va)
{
    if (va - DEMAND < DEMAND_SIZE)
        map(current, va, page_alloc(), PTE_W);
    else if (USER_STACK - 1 - va < 4 * PAGE_SIZE)
        map(current, va, page_alloc(), PTE_W | PTE_U);
    else
        return false;
    return true;
}

/* An address space: the kernel's half as everywhere, the user's half empty. */
uint64_t *space_new(void)
{
    uint64_t *root = table_new(4);

    entry_write(&root[511], boot_root[511]);
    return root;
}

void space_load(uint64_t *root)
{
    current = root;
    extended(MMUEXT_NEW_BASEPTR, machine(root) / PAGE_SIZE);
}

static void table_free(uint64_t *table, int level)
{
    for (unsigned int i = 0; i < (level == 4 ? 256 : 512); i++)
        if ((table[i] & PTE_P) && level > 1)
            table_free(table_of(table[i]), level - 1);
        else if (table[i] & PTE_P)
            page_free(table_of(table[i]));
    page_free(table);
}

void space_free(uint64_t *root) { table_free(root, 4); }
