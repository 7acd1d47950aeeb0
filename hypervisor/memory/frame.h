/* SPDX-License-Identifier: MIT */
/*
 * The frame table: who owns each machine frame, how often it is referred to, and what it may be used as.
 *
 *   refs   references of any kind: mappings in page tables, grant maps, our own pointers, one for being allocated.
 *          A frame goes back to the allocator when the last one is put.
 *   type   what the frame is, and how many uses rely on it. A frame changes its type only while that count is 0.
 *          Page tables and descriptor pages are never mapped writable by a guest, because `writable` is a type too.
 *
 * Both words change by compare-and-swap, so that grants may take references from other domains' pcpus. Beyond that,
 * types of page-table frames change only under the owner's mm_lock.
 */
#pragma once

#include "lib/types.h"
#include "machine/spinlock.h"

typedef uint64_t mfn_t;
typedef uint64_t pfn_t;

#define MFN_NONE (~0ul)

struct domain;

/* What this room knows of an owner: the head of struct domain. */
struct page_owner {
    spinlock_t lock;
    uint32_t list;      /* first frame of those that are FRAME_ALLOCATED, linked by struct frame.next/prev; 0: none */
    uint32_t total;     /* frames it owns, also those only others still map */
    uint32_t limit;
    uint32_t tag;       /* alloc.c: whose bytes a free frame holds; no two owners ever have the same */
};

static inline struct page_owner *page_owner(struct domain *d)
{
    return (struct page_owner *)d;
}

enum frame_type {
    FRAME_NONE,
    FRAME_WRITABLE,
    FRAME_L1,
    FRAME_L2,
    FRAME_L3,
    FRAME_L4,
    FRAME_SEGDESC,
};

/*
 * struct frame.type: [63:56] enum frame_type, [55] pinned, [54] validated, [53:32] stamp, [31:0] count.
 * The type outlives its last use: with count 0 it says what the frame was, and the stamp when (tlb clock) it ceased to
 * be that. Taking it as the same type again is then free; as another one, stale translations are flushed first.
 */
#define FRAME_TYPE_SHIFT   56
#define FRAME_PINNED       (1ul << 55)
#define FRAME_VALIDATED    (1ul << 54)
#define FRAME_STAMP_SHIFT  32
#define FRAME_STAMP_MASK   0x3ffffful /* modulo 2^22: see frame_stale() */
#define FRAME_COUNT_MASK   0xfffffffful

/* struct frame.refs */
#define FRAME_ALLOCATED    (1ul << 63) /* on its owner's list, which holds one reference */
#define FRAME_HYPERVISOR   (1ul << 62) /* ours, never a guest's */
#define FRAME_RAM          (1ul << 61) /* stands for memory at all */
#define FRAME_DIRTY        (1ul << 60) /* free, and to be zeroed before it is handed out */
#define FRAME_FREE         (1ul << 59) /* first frame of a free block, of the order in [39:32] */
#define FRAME_SHARED       (1ul << 58) /* ours, shown to its owner (shared_info, grant frames): not in its tot_pages */
#define FRAME_ORDER_SHIFT  32

struct frame {
    uint64_t refs;         /* flags above; [31:0] count */
    uint64_t type;
    struct domain *owner;  /* NULL: free or the hypervisor's */
    uint32_t next, prev;   /* owner's page list or allocator's free list, as frame numbers; 0: end */
};

static_assert(sizeof(struct frame) == 32, "the frame table is indexed by shifting");

#ifndef PARAVANE_FAKE_MACHINE
#define FRAME_TABLE ((struct frame *)0xffff808000000000ul)
#else
extern struct frame *const FRAME_TABLE;
#endif

extern mfn_t frame_max_mfn; /* one past the last frame of RAM */

/*
 * The machine-to-physical table: by mfn, the pfn its owner knows it by. Here it lies in the direct map; guests read it at its
 * ABI address (0xffff800000000000), where nobody can write it.
 */
extern uint64_t *frame_m2p;

#define M2P_INVALID (~0ul) /* INVALID_M2P_ENTRY */

static inline struct frame *frame_of(mfn_t mfn)
{
    return &FRAME_TABLE[mfn];
}

/* Lists of frames: *head is the number of the first one, 0: none. */
static inline void frame_list_add(uint32_t *head, struct frame *f)
{
    f->prev = 0;
    f->next = *head;
    *head = (uint32_t)(f - FRAME_TABLE);
    if (f->next)
        FRAME_TABLE[f->next].prev = *head;
}

static inline void frame_list_del(uint32_t *head, struct frame *f)
{
    if (f->prev)
        FRAME_TABLE[f->prev].next = f->next;
    else
        *head = f->next;
    if (f->next)
        FRAME_TABLE[f->next].prev = f->prev;
}

/* True if mfn has an entry in the frame table that stands for RAM (holes and device memory have none). */
static inline bool frame_valid(mfn_t mfn)
{
    return mfn < frame_max_mfn && (FRAME_TABLE[mfn].refs & FRAME_RAM);
}

static inline mfn_t frame_mfn(const struct frame *f)
{
    return (mfn_t)(f - FRAME_TABLE);
}

static inline enum frame_type frame_type(const struct frame *f)
{
    return (enum frame_type)(f->type >> FRAME_TYPE_SHIFT);
}

static inline uint32_t frame_type_count(const struct frame *f)
{
    return (uint32_t)(f->type & FRAME_COUNT_MASK);
}

/* Boot: [start, end) is RAM, ours until alloc_add_range() gives it to the allocator. The table starts zeroed. */
void frame_add_ram(mfn_t start, mfn_t end);

static inline bool frame_cas(uint64_t *word, uint64_t *seen, uint64_t value)
{
    return __atomic_compare_exchange_n(word, seen, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

void frame_last_put(struct frame *f);

/* Puts it; the last one frees the frame. */
static inline void frame_put(struct frame *f)
{
    if (unlikely(__atomic_sub_fetch((uint32_t *)&f->refs, 1, __ATOMIC_ACQ_REL) == 0))
        frame_last_put(f);
}

/* Takes a reference if d owns the frame and it is in use; false, nothing changed, if not. */
static inline bool frame_get(struct frame *f, const struct domain *d)
{
    uint64_t x = read_once(f->refs);

    do {
        if (unlikely(read_once(f->owner) != d || (uint32_t)x - 1 >= FRAME_COUNT_MASK - 1)) /* 0, or full */
            return false;
    } while (unlikely(!frame_cas(&f->refs, &x, x + 1)));

    /* It may have been freed and have found a new owner between the look and the reference. */
    if (likely(read_once(f->owner) == d))
        return true;
    frame_put(f);
    return false;
}

/* Takes the frame off its owner's list and puts that reference. False: it was not there (never, or not any more). */
bool frame_release(struct frame *f);

/*
 * Type references. frame_get_type changes the type only at count 0, and then has flushed stale translations of what
 * the frame was; false, nothing changed, if it is in use as something else. A page table or descriptor page that has
 * just become one is not FRAME_VALIDATED: checking its contents is pv/'s business, under the owner's mm_lock.
 */
bool frame_get_type_slow(struct frame *f, enum frame_type type);
void frame_put_type_slow(struct frame *f);
void frame_stamp(struct frame *f); /* its last use went by subtraction, where nobody could change the type */

static inline bool frame_get_type(struct frame *f, enum frame_type type)
{
    uint64_t x = read_once(f->type);

    if (likely(x >> FRAME_TYPE_SHIFT == type && (uint32_t)x != FRAME_COUNT_MASK && frame_cas(&f->type, &x, x + 1)))
        return true;
    return frame_get_type_slow(f, type);
}

/* Notes the time when the count reaches 0, and drops FRAME_VALIDATED. */
static inline void frame_put_type(struct frame *f)
{
    uint64_t x = read_once(f->type);

    if (unlikely((uint32_t)x == 1 || !frame_cas(&f->type, &x, x - 1)))
        frame_put_type_slow(f);
}

static inline bool frame_get_writable(struct frame *f)
{
    return frame_get_type(f, FRAME_WRITABLE);
}

static inline void frame_put_writable(struct frame *f)
{
    frame_put_type(f);
}

/* The pcpus that may still hold translations from before the stamp in this value of struct frame.type. */
uint64_t frame_stale(uint64_t type);
uint64_t frame_stamp_now(void); /* in place, for struct frame.type */
