/* SPDX-License-Identifier: MIT */
/*
 * The page allocator (buddy, orders 0..ALLOC_MAX_ORDER) for guests' memory and for our own.
 * Frames leave it zeroed; what comes back is scrubbed when it is handed out again, unless to the domain that had it.
 */
#pragma once

#include "memory/frame.h"

#define ALLOC_MAX_ORDER 18 /* 1 GiB */

/* The direct map: every frame of RAM is at this address, for us. */
#ifndef PARAVANE_FAKE_MACHINE
#define DIRECT_MAP 0xffff830000000000ul
#else
extern const uint64_t DIRECT_MAP;
#endif

static inline void *mfn_ptr(mfn_t mfn)
{
    return (void *)(DIRECT_MAP + (mfn << PAGE_SHIFT));
}

static inline mfn_t ptr_mfn(const void *p)
{
    return ((uint64_t)p - DIRECT_MAP) >> PAGE_SHIFT;
}

/* Gives [start, end) of RAM to the allocator (boot only; never frame 0). Frames outside such ranges are never handed out. */
void alloc_add_range(mfn_t start, mfn_t end);

/* Our own memory: zeroed, whole pages in one piece, reachable through the direct map. NULL when there is none. */
void *alloc_bytes(size_t bytes);
void alloc_free_bytes(void *p, size_t bytes);

/*
 * Frames for a domain: 2^order contiguous frames, zeroed or as it left them itself, owned, FRAME_ALLOCATED with one reference each, on d's
 * page list, counted in d->tot_pages. Returns the first frame or NULL (no memory, or beyond d->max_pages). The
 * M2P says pfn and so on, unless that is M2P_INVALID. Any pcpu's stale TLB entries for them are flushed before they are handed out. All are below
 * `limit`. `replace`: beyond max_pages, for as many that are given back next.
 */
struct frame *alloc_domain_pages(struct domain *d, unsigned int order, mfn_t limit, bool replace, pfn_t pfn);

/*
 * A page of ours that d may map (shared_info, grant frames): owned by d and writable for good, so it can never become
 * a page table; not counted among its pages and not for it to give back. Freed when d's last mapping is gone too.
 */
void *alloc_shared_page(struct domain *d);
void alloc_free_shared_page(void *p);

/* frame.c, for a frame without references: back to the free lists. */
void alloc_reclaim(struct frame *f);

extern uint64_t alloc_free_frames, alloc_total_frames;
