/* SPDX-License-Identifier: MIT */
/*
 * References and type references of frames. Two rules hold everything up:
 *
 *   - refs > 0 keeps the owner; the frame is reclaimed at 0, and only there;
 *   - the type changes only at type count 0, and only after every pcpu that could still hold a translation from the
 *     old life (a writable mapping of what becomes a page table, a cached walk through what was one) has flushed.
 *
 * Both are decided on one word each, by compare-and-swap.
 */
#include "memory/frame.h"
#include "memory/alloc.h"
#include "machine/tlb.h"

mfn_t frame_max_mfn;
uint64_t *frame_m2p;

void frame_add_ram(mfn_t start, mfn_t end)
{
    for (mfn_t mfn = start; mfn < end && mfn < frame_max_mfn; mfn++)
        FRAME_TABLE[mfn].refs = FRAME_RAM | FRAME_HYPERVISOR | 1;
}

void frame_last_put(struct frame *f)
{
    struct page_owner *o = page_owner(f->owner);

    if (!(f->refs & FRAME_SHARED)) {
        SPIN_GUARD(&o->lock);
        o->total--;
    }
    frame_m2p[frame_mfn(f)] = M2P_INVALID;
    alloc_reclaim(f);
}

bool frame_release(struct frame *f)
{
    struct page_owner *o = page_owner(f->owner);

    {
        SPIN_GUARD(&o->lock);
        if (!(f->refs & FRAME_ALLOCATED))
            return false;
        __atomic_and_fetch(&f->refs, ~FRAME_ALLOCATED, __ATOMIC_ACQ_REL);
        frame_list_del(&o->list, f);
    }
    frame_put(f);
    return true;
}

/* The fence: the entry that is gone must be gone for every page walk before the clock is read. */
uint64_t frame_stamp_now(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return (tlb_now() & FRAME_STAMP_MASK) << FRAME_STAMP_SHIFT;
}

/*
 * The stamp is the clock modulo 2^22. Taken for the latest time it can stand for, it names at least the pcpus that
 * the true time would: an older stamp only has fewer stale pcpus.
 */
uint64_t frame_stale(uint64_t type)
{
    uint64_t now = tlb_now(), age = (now - (type >> FRAME_STAMP_SHIFT)) & FRAME_STAMP_MASK;

    return tlb_stale(now - age);
}

/* Before the type changes: a racing change of the word makes our compare-and-swap fail, and we look again. */
static void flush_old_life(uint64_t type)
{
    if (type >> FRAME_TYPE_SHIFT != FRAME_NONE) /* else it is fresh from the allocator, which has flushed */
        tlb_flush_mask(frame_stale(type));
}

bool frame_get_type_slow(struct frame *f, enum frame_type type)
{
    uint64_t x = read_once(f->type), next;

    do {
        if (likely(x >> FRAME_TYPE_SHIFT == type)) {
            if (unlikely((x & FRAME_COUNT_MASK) == FRAME_COUNT_MASK))
                return false;
            next = x + 1;
        } else if ((x & FRAME_COUNT_MASK) == 0) {
            flush_old_life(x);
            next = ((uint64_t)type << FRAME_TYPE_SHIFT) | 1;
        } else {
            return false;
        }
    } while (!frame_cas(&f->type, &x, next));
    return true;
}

void frame_put_type_slow(struct frame *f)
{
    uint64_t x = read_once(f->type), next;

    do {
        next = x - 1;
        if ((next & FRAME_COUNT_MASK) == 0)
            next = (next & ~(FRAME_VALIDATED | FRAME_STAMP_MASK << FRAME_STAMP_SHIFT)) | frame_stamp_now();
    } while (!frame_cas(&f->type, &x, next));
}

void frame_stamp(struct frame *f)
{
    uint64_t x = read_once(f->type);

    while (!(x & FRAME_COUNT_MASK) &&
           !frame_cas(&f->type, &x, (x & ~(FRAME_STAMP_MASK << FRAME_STAMP_SHIFT)) | frame_stamp_now()))
        continue;
}
