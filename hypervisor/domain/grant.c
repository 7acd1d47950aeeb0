/* SPDX-License-Identifier: MIT */
/*
 * Grant tables (grant.h): pins, status bits and handles. Invariants, under the table's lock:
 *   - active.readers + writers > 0: one reference to active.mfn is held, GTF_reading is set, domid is who uses it;
 *   - active.writers > 0: one writable type reference more, GTF_writing is set.
 * The entry itself belongs to the guest: it is read in one access and can be anything at any time.
 */
#include "domain/grant.h"
#include "domain/domain.h"
#include "domain/refuse.h"
#include "memory/alloc.h"

#define ACTIVE_BYTES (GRANT_PER_FRAME * sizeof(struct grant_active))
#define STEP 64u /* handles given back in one step of teardown */

static_assert(sizeof(struct grant_entry_v1) * GRANT_PER_FRAME == PAGE_SIZE, "v1 entries");
static_assert(sizeof(struct grant_map) * GRANT_MAPS_PER_PAGE == PAGE_SIZE, "maps fill a page");
static_assert(offsetof(struct grant_entry_v1, domid) == 2, "flags and domid are read as one word");

bool grant_grow(struct domain *d, uint32_t frames)
{
    struct grant_table *t = &d->grant;
    SPIN_GUARD(&t->lock);

    /* Its teardown looks at the table when it is dying, under the lock: what came later would stay for ever. */
    if (frames > GRANT_MAX_FRAMES || d->state >= DOMAIN_DYING)
        return false;
    for (; t->frames < frames; t->frames++) {
        void *shared = alloc_shared_page(d), *active = alloc_bytes(ACTIVE_BYTES);

        if (!shared || !active) {
            if (shared)
                alloc_free_shared_page(shared);
            alloc_free_bytes(active, ACTIVE_BYTES);
            return false;
        }
        t->shared[t->frames] = shared;
        t->active[t->frames] = active;
    }
    return true;
}

static struct grant_entry_v1 *entry_of(struct domain *d, grant_ref_t ref)
{
    return &d->grant.shared[ref / GRANT_PER_FRAME][ref % GRANT_PER_FRAME];
}

static struct grant_active *active_of(struct domain *d, grant_ref_t ref)
{
    return &d->grant.active[ref / GRANT_PER_FRAME][ref % GRANT_PER_FRAME];
}

/* One in the word of uses. */
static uint32_t one_use(bool writable)
{
    return 1u << (writable ? 16 : 0);
}

/* --- pins ----------------------------------------------------------------------------------------------------- */

static ALWAYS_INLINE void clear_status(struct domain *d, grant_ref_t ref, uint16_t bits)
{
    __atomic_fetch_and(&entry_of(d, ref)->flags, (uint16_t)~bits, __ATOMIC_SEQ_CST);
}

/*
 * What a first use or a first writer needs: the entry's permission, told in its status bits, and references. The guest
 * may be changing the entry: then we look again, and it is its own fault if it never stands still. The frame is the
 * one of the first use, whatever the entry says by then.
 */
static ALWAYS_INLINE int claim(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable, bool first)
{
    const uint32_t granted = (uint32_t)by->id << 16 | GTF_permit_access;
    const uint32_t set = GTF_reading | (writable ? GTF_writing : 0);
    struct grant_entry_v1 *entry = entry_of(d, ref);
    struct grant_active *a = active_of(d, ref);
    uint32_t *word = (uint32_t *)entry, old = read_once(*word); /* flags, domid */
    struct frame *f;

    for (unsigned int tries = 1;; tries++) {
        if (unlikely((old & (0xffff0000 | GTF_type_mask)) != granted))
            return (int)refuse(grant_table_op_gnttab_not_granted, ref, d->id, by->id);
        if (writable && unlikely(old & GTF_readonly))
            return (int)refuse(grant_table_op_gnttab_read_only, ref, d->id);
        if (likely(__atomic_compare_exchange_n(word, &old, old | set, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)))
            break;
        if (tries == 5)
            return (int)refuse(grant_table_op_gnttab_unstable, ref, d->id);
    }
    if (first)
        a->mfn = read_once(entry->frame);
    f = frame_of(a->mfn);
    if (first && unlikely(a->mfn >= frame_max_mfn || !frame_get(f, d))) {
        clear_status(d, ref, GTF_reading | GTF_writing);
        return (int)refuse(grant_table_op_gnttab_frame_invalid, ref, d->id);
    }
    if (writable && unlikely(!frame_get_writable(f))) {
        if (first)
            frame_put(f);
        clear_status(d, ref, first ? GTF_reading | GTF_writing : GTF_writing);
        return (int)refuse(grant_table_op_gnttab_frame_not_writable, ref, d->id);
    }
    return GNTST_okay;
}

/* One more use of what is in use. */
static __attribute__((noinline)) int claim_more(struct domain *d, grant_ref_t ref, const struct domain *by,
                                                bool writable)
{
    const struct grant_active *a = active_of(d, ref);

    if (a->domid != by->id)
        return (int)refuse(grant_table_op_gnttab_not_granted, ref, d->id, by->id);
    if (a->readers == UINT16_MAX || a->writers == UINT16_MAX)
        return (int)refuse(grant_table_op_gnttab_too_many_uses, ref, d->id);
    return writable && !a->writers ? claim(d, ref, by, true, false) : GNTST_okay;
}

static ALWAYS_INLINE int pin(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable, mfn_t *mfn)
{
    struct grant_active *a;
    int rc;
    SPIN_GUARD(&d->grant.lock);

    if (unlikely(ref / GRANT_PER_FRAME >= d->grant.frames))
        return (int)refuse(grant_table_op_gnttab_bad_reference, ref, d->id, d->grant.frames * GRANT_PER_FRAME);
    a = active_of(d, ref);
    if (unlikely(a->uses))
        rc = claim_more(d, ref, by, writable);
    else
        rc = writable ? claim(d, ref, by, true, true) : claim(d, ref, by, false, true); /* constants make it shorter */
    if (unlikely(rc != GNTST_okay))
        return rc;
    a->domid = by->id;
    a->uses += one_use(writable);
    d->grant.pins++;
    *mfn = a->mfn;
    return GNTST_okay;
}

static ALWAYS_INLINE void unpin(struct domain *d, grant_ref_t ref, bool writable)
{
    struct grant_active *a = active_of(d, ref);
    bool last_writer;
    SPIN_GUARD(&d->grant.lock);

    a->uses -= one_use(writable);
    last_writer = writable && !a->writers;
    d->grant.pins--;
    /* References first: when the guest sees the bits clear, the frame is its own again. */
    if (last_writer)
        frame_put_writable(frame_of(a->mfn));
    if (likely(!a->uses)) {
        frame_put(frame_of(a->mfn));
        clear_status(d, ref, GTF_reading | GTF_writing);
    } else if (last_writer) {
        clear_status(d, ref, GTF_writing);
    }
}

int grant_pin(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable, mfn_t *mfn)
{
    return pin(d, ref, by, writable, mfn);
}

void grant_unpin(struct domain *d, grant_ref_t ref, bool writable)
{
    unpin(d, ref, writable);
}

/* --- handles -------------------------------------------------------------------------------------------------- */

/* One that never was in use. */
static bool more_maps(struct grant_table *t)
{
    uint32_t page = t->maps / GRANT_MAPS_PER_PAGE;

    if (page == GRANT_MAP_PAGES)
        return false;
    if (t->maps % GRANT_MAPS_PER_PAGE == 0)
        t->map[page] = alloc_bytes(PAGE_SIZE);
    if (!t->map[page])
        return false;
    t->map_free = ++t->maps;
    return true;
}

static bool is_writable(uint32_t flags)
{
    return !(flags & GNTMAP_readonly);
}

int grant_map_new(struct domain *by, struct domain *d, struct gnttab_map_grant_ref *op)
{
    struct grant_table *t = &by->grant;
    struct grant_map *m;
    mfn_t mfn;
    int rc;

    if (unlikely(!t->map_free && !more_maps(t)))
        return (int)refuse(grant_table_op_gnttab_no_handle, GRANT_MAP_PAGES * GRANT_MAPS_PER_PAGE);
    rc = pin(d, op->ref, by, is_writable(op->flags), &mfn);
    if (unlikely(rc != GNTST_okay))
        return rc;
    op->handle = t->map_free - 1;
    op->dev_bus_addr = mfn << PAGE_SHIFT;
    m = grant_map_of(t, op->handle);
    t->map_free = m->next_free;
    t->maps_in_use++;
    *m = (struct grant_map){.mfn = mfn, .dom = d->id, .flags = op->flags & GRANT_MAP_FLAGS, .ref = op->ref};
    return GNTST_okay;
}

void grant_map_end(struct domain *by, uint32_t handle)
{
    struct grant_table *t = &by->grant;
    struct grant_map *m = grant_map_of(t, handle);

    unpin(domain_table[m->dom], m->ref, is_writable(m->flags));
    m->flags = 0;
    m->next_free = t->map_free;
    t->map_free = handle + 1;
    t->maps_in_use--;
}

/* --- the end, and the books ------------------------------------------------------------------------------------ */

/* Its page tables still map the frames, with references of their own; they go next, and nobody runs on them. */
bool grant_release_maps(struct domain *d)
{
    unsigned int done = 0;

    for (uint32_t handle = 0; d->grant.maps_in_use; handle++) {
        if (done == STEP)
            return false;
        if (grant_map_find(&d->grant, handle)) {
            grant_map_end(d, handle);
            done++;
        }
    }
    return true;
}

bool grant_teardown_step(struct domain *d)
{
    struct grant_table *t = &d->grant;
    SPIN_GUARD(&t->lock);

    if (t->pins)
        return false;
    for (; t->frames; t->frames--) {
        alloc_free_shared_page(t->shared[t->frames - 1]);
        alloc_free_bytes(t->active[t->frames - 1], ACTIVE_BYTES);
    }
    for (uint32_t page = 0; page < GRANT_MAP_PAGES && t->map[page]; page++)
        alloc_free_bytes(t->map[page], PAGE_SIZE);
    t->maps = 0;
    return true;
}

void grant_recount(struct domain *d, void (*add)(mfn_t mfn, unsigned int refs, unsigned int types))
{
    for (grant_ref_t ref = 0; ref < d->grant.frames * GRANT_PER_FRAME; ref++) {
        const struct grant_active *a = active_of(d, ref);

        if (a->uses)
            add(a->mfn, 1, a->writers ? 1 : 0);
    }
}
