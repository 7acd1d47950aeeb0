/* SPDX-License-Identifier: MIT */
/*
 * Translation caches, and when they last forgot. A clock ticks at every full flush of any pcpu; each pcpu keeps the
 * tick of its own last one. Whoever takes a mapping away notes the time (tlb_now) *after* the entry is gone; whoever
 * later relies on nobody using the old translation flushes only the pcpus that have not flushed since (tlb_stale).
 * A pcpu stamps itself before it flushes, and flushes before it returns to a guest.
 *
 * Guests' mappings are never GLOBAL, so loading cr3 is a full flush of them. The clock
 * does not wrap: with 32 bits, a pcpu that rests while others flush would soon count as having flushed.
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

/* Writes cr3: a full flush here. entry.S does the same. */
static ALWAYS_INLINE void tlb_load_root_on(struct pcpu *this, uint64_t root)
{
    this->tlb_stamp = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);
    this->cr3 = root;
    write_cr3(root);
}
void tlb_load_root(uint64_t root);
void tlb_flush_local(void);
void tlb_flush_page_local(uint64_t va);

/* On every pcpu in the mask, this one included if its bit is set; back when all have done it. */
void tlb_flush_mask(uint64_t pcpu_mask);
void tlb_flush_page_mask(uint64_t pcpu_mask, uint64_t va);

/* Answers requests posted to this pcpu: the interrupt's handler, and spin_poll(). */
void tlb_serve(void);
