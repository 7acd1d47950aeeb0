/* SPDX-License-Identifier: MIT */
/* See mappings.h. */
#include "memory/mappings.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/idt.h"
#include "machine/layout.h"
#include "machine/mitigations.h"
#include "machine/pcpu.h"
#include "machine/power.h"
#include "machine/printk.h"
#include "machine/segments.h"
#include "machine/tlb.h"
#include "memory/early.h"
#include "memory/frame.h"

#define PTE_P   (1ul << 0)
#define PTE_W   (1ul << 1)
#define PTE_U   (1ul << 2)
#define PTE_PWT (1ul << 3)
#define PTE_PCD (1ul << 4)
#define PTE_A   (1ul << 5)
#define PTE_D   (1ul << 6)
#define PTE_PS  (1ul << 7)
#define PTE_G   (1ul << 8)
#define PTE_NX  (1ul << 63)

/* Accessed and dirty from the start: the CPU then never writes to tables that all pcpus share. */
#define MAP_TEXT   (PTE_P | PTE_A | PTE_D | PTE_G)
#define MAP_READ   (MAP_TEXT | PTE_NX)
#define MAP_WRITE  (MAP_READ | PTE_W)
#define MAP_DEVICE (MAP_WRITE | PTE_PCD | PTE_PWT)
#define MAP_TABLE  (PTE_P | PTE_W | PTE_A)

#define ADDRESS_MASK   0x000ffffffffff000ul
#define CHUNK          MIB(2)
#define CHUNK_FRAMES   (CHUNK / sizeof(struct frame))

/* Linker script and head.S */
extern char image_start[], image_entry[], image_entry_end[], image_rodata[], image_data[], image_end[];
extern char boot_pml4[], boot_tables_end[], boot_pcpu_pages[];

uint64_t mappings_root_phys;

static uint64_t *table_at(uint64_t phys)
{
    return (uint64_t *)(DIRECT_MAP_BASE + phys);
}

static uint64_t image_phys(const void *p)
{
    return (uint64_t)p - HYPERVISOR_BASE;
}

/* Without them there is no machine to run. */
static uint64_t take(uint64_t bytes, uint64_t align, uint64_t limit)
{
    uint64_t phys = early_take(bytes, align, limit);

    if (!phys) {
        log_error("cannot boot: there is not enough memory for the frame table, page tables and stacks");
        power_off(POWER_PANIC);
    }
    return phys;
}

/* Zeroed pages, where head.S has mapped them. */
static uint64_t take_tables(unsigned int n)
{
    uint64_t phys = take(n * PAGE_SIZE, PAGE_SIZE, BOOT_MAP_SIZE);

    memset(table_at(phys), 0, n * PAGE_SIZE);
    return phys;
}

/* The entry for va at a level (1: l1) of a tree, making the tables above it. */
static uint64_t *entry_for(uint64_t root, uint64_t va, unsigned int level, uint64_t table_flags)
{
    uint64_t *e = table_at(root) + (va >> 39 & 511);

    for (unsigned int l = 4; l > level; l--) {
        if (!(*e & PTE_P))
            *e = take_tables(1) | table_flags;
        e = table_at(*e & ADDRESS_MASK) + (va >> (12 + 9 * (l - 2)) & 511);
    }
    return e;
}

/* [va, +size) -> phys with the largest pages that alignment allows. */
static void map(uint64_t va, uint64_t phys, uint64_t size, uint64_t flags)
{
    unsigned int top = cpu_has(CPU_PAGES_1G) ? 3 : 2;

    while (size) {
        unsigned int level = top;
        uint64_t step = 1ul << (3 + 9 * top);

        for (; level > 1 && (!is_aligned(va | phys, step) || size < step); level--)
            step >>= 9;
        *entry_for(mappings_root_phys, va, level, MAP_TABLE | (flags & PTE_U)) =
            phys | flags | (level > 1 ? PTE_PS : 0);
        va += step;
        phys += step;
        size -= step;
    }
}

static void map_image(void)
{
    uint64_t start = (uint64_t)image_start, rodata = (uint64_t)image_rodata,
             data = (uint64_t)image_data;

    map(start, start - HYPERVISOR_BASE, rodata - start, MAP_TEXT);
    map(rodata, rodata - HYPERVISOR_BASE, data - rodata, MAP_READ);
    map(data, data - HYPERVISOR_BASE, (uint64_t)image_end - data, MAP_WRITE);
}

/* One range of RAM. The image lies inside one, its text and rodata are cut out and mapped
 * read-only. */
static void map_ram(uint64_t start, uint64_t end)
{
    uint64_t text = image_phys(image_start), data = image_phys(image_data);

    if (start <= text && data <= end) {
        map(DIRECT_MAP_BASE + start, start, text - start, MAP_WRITE);
        map(DIRECT_MAP_BASE + text, text, data - text, MAP_READ);
        start = data;
    }
    map(DIRECT_MAP_BASE + start, start, end - start, MAP_WRITE);
}

static bool has_ram(const struct mappings_range *ram, unsigned int n, uint64_t start, uint64_t end)
{
    for (unsigned int i = 0; i < n; i++) {
        if (ram[i].start < end && start < ram[i].end)
            return true;
    }
    return false;
}

/* Each 2 MiB of frame table stand for 256 MiB. Stretches without RAM share one table, of one page of zeros. */
static void map_frame_table(const struct mappings_range *ram, unsigned int n)
{
    uint64_t no_frames = take_tables(2);

    for (unsigned int i = 0; i < PAGE_SIZE / sizeof(uint64_t); i++)
        table_at(no_frames)[i] = (no_frames + PAGE_SIZE) | MAP_READ;
    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn += CHUNK_FRAMES) {
        if (has_ram(ram, n, mfn << PAGE_SHIFT, (mfn + CHUNK_FRAMES) << PAGE_SHIFT))
            map((uint64_t)frame_of(mfn), take(CHUNK, CHUNK, UINT64_MAX), CHUNK, MAP_WRITE);
        else
            *entry_for(mappings_root_phys, (uint64_t)frame_of(mfn), 2, MAP_TABLE) = no_frames | MAP_TABLE;
    }
}

void mappings_init(const struct mappings_range *ram, unsigned int n)
{
    uint64_t m2p_size, m2p;

    frame_max_mfn = ram[n - 1].end >> PAGE_SHIFT;
    m2p_size = align_up(frame_max_mfn * sizeof(uint64_t), CHUNK);
    m2p = take(m2p_size, CHUNK, UINT64_MAX);
    mappings_root_phys = take_tables(1);
    map_image();
    for (unsigned int i = 0; i < n; i++)
        map_ram(ram[i].start, ram[i].end);
    map(M2P_BASE, m2p, m2p_size, MAP_READ | PTE_U);
    map_frame_table(ram, n);
    mappings_add_pcpu(0);
    tlb_load_root(mappings_root_phys, true);
    frame_m2p = table_at(m2p);
    memset(frame_m2p, 0xff, m2p_size); /* M2P_INVALID */
    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn += CHUNK_FRAMES)
        if (has_ram(ram, n, mfn << PAGE_SHIFT, (mfn + CHUNK_FRAMES) << PAGE_SHIFT))
            memset(frame_of(mfn), 0, CHUNK);
    for (unsigned int i = 0; i < n; i++)
        frame_add_ram(ram[i].start >> PAGE_SHIFT, ram[i].end >> PAGE_SHIFT);
}

/* What the idle root has at va is in the other one, too: a page (level 1), or by the same table. */
static void share(uint64_t root, uint64_t va, unsigned int level)
{
    *entry_for(root, va, level, MAP_TABLE) = *entry_for(mappings_root_phys, va, level, MAP_TABLE);
}

/* The roots that cpu's guests run on (machine/root_split.h): of ours, what the way in and out needs, and the M2P. */
static void add_guests_roots(unsigned int cpu)
{
    uint64_t region = PCPU_AREA + cpu * PCPU_REGION_SIZE, root = take_tables(1);

    share(root, M2P_BASE, 4);
    for (uint64_t va = (uint64_t)image_entry; va < (uint64_t)image_entry_end; va += PAGE_SIZE)
        share(root, va, 1);
    share(root, (uint64_t)idt, 1);
    for (unsigned int page = 1; page < PCPU_MAIN_STACK; page += 2)
        share(root, region + page * PAGE_SIZE, 1);
    share(root, region + PCPU_STRUCT_OFF, 1);
    share(root, gdt_area(cpu), 2);
    for (unsigned int i = 0; i < ROOT_COPIES; i++) {
        uint64_t copy = i ? take_tables(1) : root;

        memcpy(table_at(copy), table_at(root), PAGE_SIZE);
        pcpu_of(cpu)->copies[i].root = copy | (cpu_has(CPU_PCID) ? TLB_PCID_COPY(i) : 0);
    }
}

void mappings_add_pcpu(unsigned int cpu)
{
    uint64_t *region = entry_for(mappings_root_phys, PCPU_AREA + cpu * PCPU_REGION_SIZE, 1, MAP_TABLE);
    uint64_t pages = cpu ? take_tables(12) : image_phys(boot_pcpu_pages);
    unsigned int taken = 0;

    for (unsigned int page = 1; page < 16; page += page < PCPU_MAIN_STACK ? 2 : 1)
        region[page] = (pages + PAGE_SIZE * taken++) | MAP_WRITE;
    segments_ptes[cpu] = entry_for(mappings_root_phys, gdt_area(cpu), 1, MAP_TABLE);
    segments_ptes[cpu][GDT_GUEST_FRAMES] = take_tables(1) | MAP_WRITE;
    if (mitigations.split)
        add_guests_roots(cpu);
}

volatile void *mappings_device(unsigned int slot, uint64_t phys)
{
    uint64_t va = FIXMAP_BASE + slot * PAGE_SIZE;

    *entry_for(mappings_root_phys, va, 1, MAP_TABLE) = (phys & ADDRESS_MASK) | MAP_DEVICE;
    tlb_flush_page_local(va);
    return (volatile void *)(va + (phys & (PAGE_SIZE - 1)));
}

void mappings_forget_boot_tables(void)
{
    memset(boot_pml4, 0, (size_t)(boot_tables_end - boot_pml4));
}
