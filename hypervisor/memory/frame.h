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
#ifndef PARAVANE_MEMORY_FRAME_H
#define PARAVANE_MEMORY_FRAME_H

#include "lib/types.h"

typedef uint64_t mfn_t;
typedef uint64_t pfn_t;
typedef uint64_t maddr_t;

#define MFN_NONE (~0ul)

struct domain;

enum frame_type {
    FRAME_NONE,
    FRAME_WRITABLE,
    FRAME_L1,
    FRAME_L2,
    FRAME_L3,
    FRAME_L4,
    FRAME_SEGDESC,
    FRAME_TYPES
};

/* struct frame.type: [63:56] enum frame_type, [55] pinned, [54] validated, [31:0] count. */
#define FRAME_TYPE_SHIFT   56
#define FRAME_PINNED       (1ul << 55)
#define FRAME_VALIDATED    (1ul << 54)
#define FRAME_COUNT_MASK   0xfffffffful

/* struct frame.refs: [63] allocated to its owner (on owner's list), [62] ours, never a guest's; [31:0] count. */
#define FRAME_ALLOCATED    (1ul << 63)
#define FRAME_HYPERVISOR   (1ul << 62)

struct frame {
    uint64_t refs;
    uint64_t type;
    struct domain *owner;  /* NULL: free or the hypervisor's */
    uint32_t next;         /* owner's page list or allocator's free list, as frame numbers; 0: end */
    union {
        uint32_t prev;
        uint32_t order;    /* while free */
    };
    /* 32 bytes */
};

static_assert(sizeof(struct frame) == 32, "the frame table is indexed by shifting");

#ifndef PARAVANE_FAKE_MACHINE
#define FRAME_TABLE ((struct frame *)0xffff808000000000ul)
#else
extern struct frame *const FRAME_TABLE;
#endif

extern mfn_t frame_max_mfn; /* one past the last frame of RAM */

/* True if mfn has an entry in the frame table that stands for RAM (holes and device memory have none). */
bool frame_valid(mfn_t mfn);

static inline struct frame *frame_of(mfn_t mfn)
{
    return &FRAME_TABLE[mfn];
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

/* Takes a reference if d owns the frame (and it is allocated); false, nothing changed, if not. */
bool frame_get(struct frame *f, const struct domain *d);
/* Puts it; the last one scrubs the frame and frees it. */
void frame_put(struct frame *f);

/*
 * Takes a type reference for FRAME_WRITABLE or FRAME_SEGDESC-less plain types; page-table types are pv/pagetable's
 * business because they need validation. False if the frame is in use as something else.
 */
bool frame_get_writable(struct frame *f);
void frame_put_writable(struct frame *f);

#endif
