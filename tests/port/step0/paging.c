/* SPDX-License-Identifier: MIT */
/* Pages, page tables, address spaces. Tables are reached at VIRT_BASE like all memory. */
#include "kernel.h"

#define POOL 64

uint64_t *boot_root; /* the tables we were started with */
static uint64_t *current;
static char pool[POOL][PAGE_SIZE] __attribute__((aligned(4096)));
static void *free_pages[POOL];
static unsigned int free_count;

static uint64_t physical(const void *p) { return (uint64_t)p - VIRT_BASE; }
static void *address(uint64_t physical) { return (void *)(physical + VIRT_BASE); }

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
    boot_root[0] = 0; /* the boot's low mapping */
    space_load(boot_root);
}

static void entry_write(uint64_t *entry, uint64_t value) { *entry = value; }

static uint64_t *table_new(void) { return page_alloc(); }

static uint64_t *table_of(uint64_t entry) { return address(entry & 0x000ffffffffff000); }

/* The level 1 entry of va, with the tables above it made where there are none. */
static uint64_t *entry_of(uint64_t *root, uint64_t va)
{
    uint64_t *table = root;

    for (int shift = 39; shift > 12; shift -= 9) {
        uint64_t *entry = &table[va >> shift & 511];

        if (!(*entry & PTE_P))
            entry_write(entry, physical(table_new()) | PTE_P | PTE_W | PTE_U);
        table = table_of(*entry);
    }
    return &table[va >> 12 & 511];
}

void map(uint64_t *root, uint64_t va, void *page, uint64_t flags)
{
    entry_write(entry_of(root, va), physical(page) | PTE_P | flags);
}

void unmap(uint64_t *root, uint64_t va)
{
    entry_write(entry_of(root, va), 0);
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
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
    uint64_t *root = table_new();

    entry_write(&root[511], boot_root[511]);
    return root;
}

void space_load(uint64_t *root)
{
    current = root;
    __asm__ volatile("mov %0, %%cr3" : : "r"(physical(root)) : "memory");
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
