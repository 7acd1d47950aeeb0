/* SPDX-License-Identifier: MIT */
/*
 * Translation caches, and when they last forgot. A clock ticks at every full flush of any pcpu; each pcpu keeps the
 * tick of its own last one. Whoever takes a mapping away notes the time (tlb_now) *after* the entry is gone; whoever
 * later relies on nobody using the old translation flushes only the pcpus that have not flushed since (tlb_stale).
 * A pcpu stamps itself before it flushes, and flushes before it returns to a guest.
 *
 * Guests' mappings are never GLOBAL, so loading cr3 is a full flush of them, but where the CPU has PCIDs: there a
 * guest's user mode, its kernel mode, and each copy of a split root (root_split.h) have one, and a change between them
 * keeps what all of them have. A flush is then one of what is loaded, and the others are not kept when they are loaded
 * next. PCIDs mean the same on each pcpu, and nothing is kept when a vcpu comes.
 *
 * The clock does not wrap: with 32 bits, a pcpu that rests while others flush would soon count as having flushed.
 */
#pragma once

#include "lib/types.h"
#include "machine/insn.h"
#include "machine/pcpu.h"

extern volatile uint64_t tlb_clock;

static inline uint64_t tlb_now(void)
{
    return tlb_clock;
}

/* The pcpus (bit n: pcpu id n) whose last full flush was not after `since`. */
uint64_t tlb_stale(uint64_t since);

#define TLB_PCID(kernel) (1u + (kernel))
/* With any of those or'ed to them they are the same: so pcpu->again serves copies, too. */
#define TLB_PCID_COPY(n) (3u | 4u << (n))

/* Writes cr3: a full flush here. entry.S does the same. */
static ALWAYS_INLINE void tlb_load_root_on(struct pcpu *this, uint64_t root)
{
    this->tlb_stamp = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);
    this->cr3 = root;
    write_cr3(root);
}
/* With PCIDs, for a change of mode: flushes nothing that is kept. entry.S does the same. */
static ALWAYS_INLINE void tlb_switch_root(struct pcpu *this, uint64_t root, bool kernel)
{
    uint64_t keep = this->kept[kernel] == root ? CR3_KEEP : 0;

    this->kept[kernel] = this->cr3 = root;
    this->again = CR3_KEEP | TLB_PCID(kernel);
    write_cr3(root | TLB_PCID(kernel) | keep);
}
/* A full flush in any case. */
void tlb_load_root(uint64_t root, bool kernel);
void tlb_flush_local(void);
void tlb_flush_page_local(uint64_t va);
/* What INVLPG has taken away here goes from what is not loaded, too. */
void tlb_keep_no_other(void);

/* On every pcpu in the mask, this one included if its bit is set; back when all have done it. */
void tlb_flush_mask(uint64_t pcpu_mask);
void tlb_flush_page_mask(uint64_t pcpu_mask, uint64_t va);

/* Answers requests posted to this pcpu: the interrupt's handler, and spin_poll(). */
void tlb_serve(void);
