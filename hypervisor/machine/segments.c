/* SPDX-License-Identifier: MIT */
/* See segments.h. */
#include "machine/segments.h"
#include "lib/string.h"
#include "machine/insn.h"
#include "machine/pcpu.h"
#include "machine/tlb.h"

/* Present, accessed, dirty, no-execute; supervisor only. */
#define PTE_READ  (1ul | 1ul << 5 | 1ul << 63)
#define PTE_WRITE (PTE_READ | 1ul << 1 | 1ul << 6)

#define TSS_OFFSET 0xe800ul /* same page as our descriptors, beyond the GDT's limit */

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t ist[8]; /* [0] reserved: gates count from 1 */
    uint64_t reserved1;
    uint16_t reserved2, iomap_base;
} PACKED;

static_assert(offsetof(struct tss, ist[1]) == 36 && sizeof(struct tss) == 104, "the CPU's layout");

static const uint64_t reserved_descriptors[] = {
    [(SEL_CS64 - GDT_RESERVED) / 8] = 0x00af9b000000ffff,
    [(SEL_DS - GDT_RESERVED) / 8] = 0x00cf93000000ffff,
    [(SEL_USER32 - GDT_RESERVED) / 8] = 0x00cffb000000ffff,
    [(SEL_USER_SS - GDT_RESERVED) / 8] = 0x00cff3000000ffff,
    [(SEL_USER64 - GDT_RESERVED) / 8] = 0x00affb000000ffff,
    [(SEL_TSS - GDT_RESERVED) / 8] = 0,
    0,
    [(SEL_LDT - GDT_RESERVED) / 8] = 0,
    0,
};

uint64_t *segments_ptes[PCPU_MAX];

static uint8_t zero_page[4096] ALIGNED(4096); /* what a guest GDT page without a frame reads as */
static uint8_t gdt_mapped[PCPU_MAX];          /* pages of guest frames in the area */
static uint16_t ldt_mapped[PCPU_MAX];         /* bit per LDT page */

static void set_system_descriptor(unsigned int cpu, unsigned int selector, uint64_t base, uint64_t limit, uint64_t type)
{
    uint64_t *d = (uint64_t *)(gdt_area(cpu) + selector);

    d[1] = base >> 32;
    d[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | type << 40 | 1ul << 47 |
           (limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
}

static void set_pte(unsigned int cpu, unsigned int page, uint64_t pte)
{
    uint64_t *p = &segments_ptes[cpu][page];

    if (*p == pte)
        return;
    *p = pte;
    invlpg(gdt_area(cpu) + page * 4096ul);
}

void segments_init(unsigned int cpu)
{
    uint64_t area = gdt_area(cpu), region = PCPU_AREA + cpu * PCPU_REGION_SIZE;
    struct table_register gdtr = {GDT_RESERVED + sizeof(reserved_descriptors) - 1, area};
    struct tss *tss = (struct tss *)(area + TSS_OFFSET);

    gdt_mapped[cpu] = GDT_GUEST_FRAMES;
    gdt_map_guest_frames(NULL, 0);
    memcpy((void *)(area + GDT_RESERVED), reserved_descriptors, sizeof(reserved_descriptors));
    memset(tss, 0, sizeof(*tss));
    tss->rsp[0] = region + PCPU_STRUCT_OFF;
    tss->ist[IST_NMI] = region + 2 * 4096;
    tss->ist[IST_DOUBLE_FAULT] = region + 4 * 4096;
    tss->ist[IST_MACHINE] = region + 6 * 4096;
    tss->ist[IST_DEBUG] = region + 8 * 4096;
    tss->iomap_base = sizeof(*tss); /* beyond the limit: no ports for ring 3 */
    set_system_descriptor(cpu, SEL_TSS, (uint64_t)tss, sizeof(*tss) - 1, 9);
    lgdt(&gdtr);
    ltr(SEL_TSS);
    lldt(0);
}

void gdt_map_guest_frames(const uint64_t *mfns, unsigned int n)
{
    unsigned int cpu = this_cpu()->id, end = max(n, (unsigned int)gdt_mapped[cpu]);
    uint64_t zero = ((uint64_t)zero_page - HYPERVISOR_BASE) | PTE_READ;

    /* The CPU sets the accessed bit of descriptors it loads, so frames are mapped writable, for us
     * alone. */
    for (unsigned int i = 0; i < end; i++)
        set_pte(cpu, i, i < n ? mfns[i] << 12 | PTE_WRITE : zero);
    gdt_mapped[cpu] = (uint8_t)n;
    tlb_keep_no_other();
}

void ldt_map_frame(unsigned int slot, uint64_t mfn)
{
    unsigned int cpu = this_cpu()->id;

    set_pte(cpu, 16 + slot, mfn << 12 | PTE_WRITE);
    ldt_mapped[cpu] |= (uint16_t)(1u << slot);
    tlb_keep_no_other();
}

void ldt_unmap_frames(void)
{
    unsigned int cpu = this_cpu()->id;

    for (unsigned int slot = 0; ldt_mapped[cpu] >> slot; slot++)
        set_pte(cpu, 16 + slot, 0);
    ldt_mapped[cpu] = 0;
    tlb_keep_no_other();
}

void ldt_load(unsigned int entries)
{
    unsigned int cpu = this_cpu()->id;

    if (entries)
        set_system_descriptor(cpu, SEL_LDT, ldt_area(cpu), entries * 8ul - 1, 2);
    lldt(entries ? SEL_LDT : 0);
}
