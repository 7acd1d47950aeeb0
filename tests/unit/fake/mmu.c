/* SPDX-License-Identifier: MIT */
/* TLBs of the fake machine: they forget only what they are told to forget (fake.h tells the rules). */
#include "fake.h"
#include <stdio.h>
#include <string.h>
#include "machine/root_split.h"
#include "machine/tlb.h"
#include "pv/pagetable.h"

volatile uint64_t tlb_clock = 1;
unsigned long fake_flushes;

void root_split_changed(uint64_t root UNUSED)
{
}

struct pcpu *fake_pcpu(unsigned int n);
void fake_mmu_reset(void);

/* Per pcpu and frame: bit l (1..4): walked as a table of level l; bit 0: reached by a writable entry. */
static uint8_t cached[FAKE_PCPUS][FAKE_FRAMES];
static const struct domain *walker[FAKE_PCPUS];

#define WRITABLE 1u
#define LEVEL(l) (1u << (l))

void fake_mmu_reset(void)
{
    memset(cached, 0, sizeof(cached));
    memset(walker, 0, sizeof(walker));
}

uint64_t tlb_stale(uint64_t since)
{
    uint64_t stale = 0;

    for (unsigned int i = 0; i < FAKE_PCPUS; i++)
        if (fake_pcpu(i)->tlb_stamp <= since)
            stale |= 1ul << i;
    return stale;
}

static void flush(unsigned int n)
{
    fake_pcpu(n)->tlb_stamp = ++tlb_clock;
    memset(cached[n], 0, sizeof(cached[n]));
    fake_flushes++;
}

void tlb_load_root(uint64_t root, bool kernel UNUSED)
{
    this_cpu()->cr3 = root;
    flush(this_cpu()->id);
}

void tlb_flush_local(void)
{
    flush(this_cpu()->id);
}

void tlb_flush_page_local(uint64_t va)
{
    (void)va;
}

void tlb_flush_mask(uint64_t mask)
{
    for (unsigned int i = 0; i < FAKE_PCPUS; i++)
        if (mask & 1ul << i)
            flush(i);
}

void tlb_flush_page_mask(uint64_t mask, uint64_t va)
{
    (void)mask, (void)va;
}

static void walk(unsigned int n, mfn_t table, unsigned int level)
{
    bool seen = cached[n][table] & LEVEL(level);

    cached[n][table] |= LEVEL(level);
    if (seen)
        return;
    for (unsigned int i = 0; i < 512; i++) {
        uint64_t e = pt_entries(table)[i];
        mfn_t mfn = pte_mfn(e);

        if (!(e & PTE_P) || (level == 4 && pt_slot_ours(i)) || mfn >= FAKE_FRAMES)
            continue;
        if (level > 1)
            walk(n, mfn, level - 1);
        else if (e & PTE_RW)
            cached[n][mfn] |= WRITABLE;
    }
}

/* Walks again what it knows: the tables' contents may have changed since. */
static void refresh(unsigned int n)
{
    static uint8_t before[FAKE_FRAMES];

    memcpy(before, cached[n], sizeof(before));
    for (unsigned int mfn = 0; mfn < FAKE_FRAMES; mfn++)
        cached[n][mfn] &= WRITABLE;
    for (unsigned int mfn = 0; mfn < FAKE_FRAMES; mfn++)
        for (unsigned int level = 1; level <= 4; level++)
            if (before[mfn] & LEVEL(level))
                walk(n, mfn, level);
}

static unsigned int wrong(unsigned int n, mfn_t mfn, const char *what)
{
    const struct frame *f = frame_of(mfn);

    printf("# pcpu %u: mfn %lu (type %u, %u uses, refs %lx) %s\n", n, mfn, frame_type(f), frame_type_count(f), f->refs,
           what);
    return 1;
}

static unsigned int check_frame(unsigned int n, mfn_t mfn)
{
    const struct frame *f = frame_of(mfn);
    uint8_t c = cached[n][mfn];
    bool in_use = (uint32_t)f->refs && frame_type_count(f) > 0, table = in_use && frame_type_is_table(frame_type(f));
    unsigned int bad = 0;

    if ((c & WRITABLE) && in_use && frame_type(f) != FRAME_WRITABLE)
        bad += wrong(n, mfn, "can be written");
    if ((c & WRITABLE) && (f->refs & FRAME_HYPERVISOR || (f->owner && f->owner != walker[n] && !in_use)))
        bad += wrong(n, mfn, "is somebody else's, and can be written");
    if ((c & WRITABLE) && !f->owner && !(f->refs & (FRAME_DIRTY | FRAME_FREE)))
        bad += wrong(n, mfn, "is clean and free, and can be written");
    for (unsigned int level = 1; level <= 4; level++) {
        if (!(c & LEVEL(level)))
            continue;
        if (in_use && frame_type(f) != FRAME_L1 + level - 1)
            bad += wrong(n, mfn, "is used as a table of another level");
        else if (table && !(f->type & FRAME_VALIDATED) && frame_type(f) == FRAME_L1)
            bad += wrong(n, mfn, "is used before it is valid");
    }
    return bad;
}

unsigned int fake_mmu_check(void)
{
    unsigned int bad = 0;

    for (unsigned int n = 0; n < FAKE_PCPUS; n++) {
        const struct vcpu *v = fake_pcpu(n)->vcpu;

        refresh(n);
        if (v) {
            walker[n] = v->domain;
            if (v->root_kernel)
                walk(n, v->root_kernel, 4);
            if (v->root_user)
                walk(n, v->root_user, 4);
        }
        for (mfn_t mfn = 0; mfn < FAKE_FRAMES; mfn++)
            if (cached[n][mfn])
                bad += check_frame(n, mfn);
    }
    return bad;
}
