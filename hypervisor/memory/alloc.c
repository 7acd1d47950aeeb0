/* SPDX-License-Identifier: MIT */
/*
 * A buddy allocator over the frame table: free blocks of 2^order frames hang in one list per order, a block's first
 * frame says so (FRAME_FREE and the order). Memory that comes back is marked FRAME_DIRTY, and if guests used it stamped
 * and tagged with its owner; it is flushed from stale pcpus, then zeroed unless it goes to the very same owner, when it is
 * handed out again: so freeing is cheap, and nothing can be written to a page between its zeroing and its next life.
 */
#include "memory/alloc.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/spinlock.h"
#include "machine/tlb.h"

/*
 * In struct frame.type while free: translations of it may linger in TLBs, from before the stamp. [31:0] is its last
 * owner's tag, 0 for what was not a domain's. When there are no new tags left, owners get 0: always zeroed.
 */
#define WAS_GUESTS FRAME_VALIDATED
static uint64_t tags_given;

static spinlock_t heap_lock;
static uint32_t free_list[ALLOC_MAX_ORDER + 1]; /* first frame number of each order's blocks; 0: none */
uint64_t alloc_free_frames, alloc_total_frames;

static unsigned int block_order(const struct frame *f)
{
    return (f->refs >> FRAME_ORDER_SHIFT) & 0xff;
}

static void list_push(mfn_t mfn, unsigned int order)
{
    struct frame *f = frame_of(mfn);

    f->refs = FRAME_RAM | FRAME_FREE | (f->refs & FRAME_DIRTY) | (uint64_t)order << FRAME_ORDER_SHIFT;
    frame_list_add(&free_list[order], f);
}

static void list_unlink(struct frame *f, unsigned int order)
{
    frame_list_del(&free_list[order], f);
    f->refs &= FRAME_RAM | FRAME_DIRTY;
}

static bool is_free_block(mfn_t mfn, unsigned int order)
{
    const struct frame *f = frame_of(mfn);

    return mfn < frame_max_mfn && (f->refs & FRAME_FREE) && block_order(f) == order;
}

/* Every frame of the block is already RAM | DIRTY without references. */
static void free_block(mfn_t mfn, unsigned int order)
{
    alloc_free_frames += 1ul << order;
    while (order < ALLOC_MAX_ORDER && is_free_block(mfn ^ (1ul << order), order)) {
        list_unlink(frame_of(mfn ^ (1ul << order)), order);
        mfn &= ~(1ul << order);
        order++;
    }
    list_push(mfn, order);
}

/* A range without references, as the biggest aligned blocks it is made of. */
static void free_range(mfn_t start, mfn_t end)
{
    for (mfn_t mfn = start; mfn < end; mfn++)
        frame_of(mfn)->refs = FRAME_RAM | FRAME_DIRTY;
    SPIN_GUARD(&heap_lock);
    while (start < end) {
        unsigned int order = min(bit_lowest(start), bit_highest(end - start));

        order = min(order, (unsigned int)ALLOC_MAX_ORDER);
        free_block(start, order);
        start += 1ul << order;
    }
}

/*
 * The first frame of a block that ends at or below limit, or 0. The lower part of a bigger one is used. Under a limit it
 * gives up after so many blocks above it: guests choose limits, and can make the lists long.
 */
#define TAKE_LOOKS 2048u
static mfn_t take_block(unsigned int order, mfn_t limit)
{
    unsigned int looks = 0;

    for (unsigned int o = order; o <= ALLOC_MAX_ORDER; o++) {
        for (mfn_t mfn = free_list[o]; mfn; mfn = frame_of(mfn)->next) {
            if (mfn + (1ul << order) > limit) {
                if (++looks == TAKE_LOOKS)
                    return 0;
                continue;
            }
            list_unlink(frame_of(mfn), o);
            while (o > order) {
                o--;
                list_push(mfn + (1ul << o), o);
            }
            alloc_free_frames -= 1ul << order;
            return mfn;
        }
    }
    return 0;
}

/* What was in use is flushed, if it was a domain's, and zeroed, unless it was heir's own. */
static void make_clean(mfn_t first, unsigned int order, uint32_t heir)
{
    uint64_t stale = 0;

    for (mfn_t mfn = first; mfn < first + (1ul << order); mfn++)
        if (frame_of(mfn)->type & WAS_GUESTS)
            stale |= frame_stale(frame_of(mfn)->type);
    if (stale)
        tlb_flush_mask(stale);
    for (mfn_t mfn = first; mfn < first + (1ul << order); mfn++) {
        struct frame *f = frame_of(mfn);

        if ((f->refs & FRAME_DIRTY) && (!heir || (uint32_t)f->type != heir))
            memset(mfn_ptr(mfn), 0, PAGE_SIZE);
        f->refs = FRAME_RAM;
        f->type = 0;
    }
}

static mfn_t take_clean(unsigned int order, mfn_t limit, uint32_t heir)
{
    mfn_t mfn;

    spin_lock(&heap_lock);
    mfn = take_block(order, limit);
    spin_unlock(&heap_lock);
    if (mfn)
        make_clean(mfn, order, heir);
    return mfn;
}

void alloc_add_range(mfn_t start, mfn_t end)
{
    alloc_total_frames += start < end ? end - start : 0;
    free_range(start, end);
}

void alloc_reclaim(struct frame *f)
{
    struct page_owner *o = page_owner(f->owner);
    SPIN_GUARD(&heap_lock);

    f->owner = NULL;
    f->refs = FRAME_RAM | FRAME_DIRTY;
    f->type = WAS_GUESTS | frame_stamp_now() | o->tag;
    free_block(frame_mfn(f), 0);
}

static mfn_t frames_of(size_t bytes)
{
    return div_round_up(max(bytes, (size_t)1), PAGE_SIZE);
}

void *alloc_bytes(size_t bytes)
{
    mfn_t frames = frames_of(bytes), mfn;
    unsigned int order = frames == 1 ? 0 : bit_highest(frames - 1) + 1;

    mfn = take_clean(order, frame_max_mfn, 0);
    if (!mfn)
        return NULL;
    for (mfn_t i = 0; i < frames; i++)
        frame_of(mfn + i)->refs = FRAME_RAM | FRAME_HYPERVISOR | 1;
    free_range(mfn + frames, mfn + (1ul << order));
    return mfn_ptr(mfn);
}

void alloc_free_bytes(void *p, size_t bytes)
{
    if (p)
        free_range(ptr_mfn(p), ptr_mfn(p) + frames_of(bytes));
}

/*
 * What replaces other frames comes before they go. Those may stay, mapped meanwhile by another vcpu, so there is an end.
 */
#define REPLACE_SLACK (4ul << 12)

static bool account(struct page_owner *o, uint64_t frames, bool replace)
{
    SPIN_GUARD(&o->lock);

    if (unlikely(!o->tag)) {
        uint64_t tag = __atomic_add_fetch(&tags_given, 1, __ATOMIC_RELAXED);

        o->tag = tag <= UINT32_MAX ? (uint32_t)tag : 0;
    }
    if ((uint64_t)o->total + frames > o->limit + (replace ? REPLACE_SLACK : 0ul))
        return false;
    o->total += (uint32_t)frames;
    return true;
}

struct frame *alloc_domain_pages(struct domain *d, unsigned int order, mfn_t limit, bool replace, pfn_t pfn)
{
    struct page_owner *o = page_owner(d);
    uint64_t frames = 1ul << min(order, ALLOC_MAX_ORDER + 1u);
    mfn_t first;

    if (order > ALLOC_MAX_ORDER || !account(o, frames, replace))
        return NULL;
    first = take_clean(order, min(limit, frame_max_mfn), o->tag);
    SPIN_GUARD(&o->lock);
    if (!first) {
        o->total -= (uint32_t)frames;
        return NULL;
    }
    for (mfn_t mfn = first; mfn < first + frames; mfn++) {
        struct frame *f = frame_of(mfn);

        if (pfn != M2P_INVALID)
            frame_m2p[mfn] = pfn++; /* now, while no other vcpu can release it again */
        frame_list_add(&o->list, f);
        f->owner = d;
        __atomic_store_n(&f->refs, FRAME_RAM | FRAME_ALLOCATED | 1, __ATOMIC_RELEASE);
    }
    return frame_of(first);
}

void *alloc_shared_page(struct domain *d)
{
    mfn_t mfn = take_clean(0, frame_max_mfn, 0);
    struct frame *f = frame_of(mfn);

    if (!mfn)
        return NULL;
    f->type = (uint64_t)FRAME_WRITABLE << FRAME_TYPE_SHIFT | 1;
    f->owner = d;
    __atomic_store_n(&f->refs, FRAME_RAM | FRAME_SHARED | 1, __ATOMIC_RELEASE);
    return mfn_ptr(mfn);
}

void alloc_free_shared_page(void *p)
{
    struct frame *f = frame_of(ptr_mfn(p));

    if (!p)
        return;
    frame_put_writable(f);
    frame_put(f);
}
