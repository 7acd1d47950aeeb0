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

static bool in_use(const struct grant_active *a)
{
    return a->uses;
}

/* One in the word of uses. */
static uint32_t one_use(bool writable)
{
    return 1u << (writable ? 16 : 0);
}

/* GNTST_okay, or a refusal. */
static int check_ref(const struct domain *d, grant_ref_t ref)
{
    if (likely(ref / GRANT_PER_FRAME < d->grant.frames))
        return GNTST_okay;
    return (int)refuse(grant_table_op_gnttab_bad_reference, ref, d->id, d->grant.frames * GRANT_PER_FRAME);
}

/* --- pins ----------------------------------------------------------------------------------------------------- */

/*
 * Sets the status bits of an entry that permits this use. The guest may be changing it: then we look again, and it is
 * its own fault if it never stands still.
 */
static int set_status(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable)
{
    uint32_t *word = (uint32_t *)entry_of(d, ref); /* flags, domid */
    uint32_t old = __atomic_load_n(word, __ATOMIC_ACQUIRE), set = GTF_reading | (writable ? GTF_writing : 0);

    for (unsigned int tries = 0; tries < 5; tries++) {
        uint16_t flags = (uint16_t)old;

        if (unlikely((flags & GTF_type_mask) != GTF_permit_access || (domid_t)(old >> 16) != by->id))
            return (int)refuse(grant_table_op_gnttab_not_granted, ref, d->id, by->id);
        if (unlikely(writable && (flags & GTF_readonly)))
            return (int)refuse(grant_table_op_gnttab_read_only, ref, d->id);
        if (likely(__atomic_compare_exchange_n(word, &old, old | set, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE)))
            return GNTST_okay;
    }
    return (int)refuse(grant_table_op_gnttab_unstable, ref, d->id);
}

static ALWAYS_INLINE void clear_status(struct domain *d, grant_ref_t ref, uint16_t bits)
{
    __atomic_fetch_and(&entry_of(d, ref)->flags, (uint16_t)~bits, __ATOMIC_SEQ_CST);
}

/* What was set for a use that is refused now. */
static void drop_status(struct domain *d, grant_ref_t ref, const struct grant_active *a)
{
    uint16_t bits = (a->writers ? 0 : GTF_writing) | (in_use(a) ? 0 : GTF_reading);

    if (bits)
        clear_status(d, ref, bits);
}

/* References for a first reader or writer. The frame is the one of the first pin, whatever the entry says by now. */
static int take_frame(struct domain *d, grant_ref_t ref, struct grant_active *a, bool writable)
{
    bool first = !in_use(a);

    if (first) {
        a->mfn = read_once(entry_of(d, ref)->frame);
        if (unlikely(!frame_valid(a->mfn) || !frame_get(frame_of(a->mfn), d)))
            return (int)refuse(grant_table_op_gnttab_frame_invalid, ref, d->id);
    }
    if (writable && a->writers == 0 && unlikely(!frame_get_writable(frame_of(a->mfn)))) {
        if (first)
            frame_put(frame_of(a->mfn));
        return (int)refuse(grant_table_op_gnttab_frame_not_writable, ref, d->id);
    }
    return GNTST_okay;
}

/* One more use, or one that something speaks against. */
static __attribute__((noinline)) int pin_other(struct domain *d, grant_ref_t ref, const struct domain *by,
                                               bool writable, mfn_t *mfn)
{
    struct grant_active *a;
    int rc = check_ref(d, ref);

    if (rc != GNTST_okay)
        return rc;
    a = active_of(d, ref);
    if (in_use(a)) {
        if (a->domid != by->id)
            return (int)refuse(grant_table_op_gnttab_not_granted, ref, d->id, by->id);
        if (a->readers == UINT16_MAX || a->writers == UINT16_MAX)
            return (int)refuse(grant_table_op_gnttab_too_many_uses, ref, d->id);
    }

    if (!in_use(a) || (writable && !a->writers)) {
        rc = set_status(d, ref, by, writable);
        if (rc != GNTST_okay)
            return rc;
        rc = take_frame(d, ref, a, writable);
        if (rc != GNTST_okay) {
            drop_status(d, ref, a);
            return rc;
        }
    }
    a->domid = by->id;
    a->uses += one_use(writable);
    d->grant.pins++;
    *mfn = a->mfn;
    return GNTST_okay;
}

/* The first use of a grant, if nothing speaks against it; if not, nothing is changed. */
static ALWAYS_INLINE bool pin_first(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable,
                                    mfn_t *mfn)
{
    const uint32_t mask = 0xffff0000 | GTF_type_mask | (uint32_t)writable << _GTF_readonly;
    const uint32_t set = GTF_reading | (uint32_t)writable << _GTF_writing;
    const uint32_t granted = (uint32_t)by->id << 16 | GTF_permit_access;
    struct grant_entry_v1 *entry;
    struct grant_active *a;
    struct frame *f;
    uint32_t *word, old;

    if (unlikely(ref / GRANT_PER_FRAME >= d->grant.frames))
        return false;
    a = active_of(d, ref);
    entry = entry_of(d, ref);
    word = (uint32_t *)entry; /* flags, domid */
    old = read_once(*word);
    if (unlikely(in_use(a) || (old & mask) != granted) ||
        unlikely(!__atomic_compare_exchange_n(word, &old, old | set, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)))
        return false;
    *mfn = a->mfn = read_once(entry->frame);
    f = frame_of(a->mfn);
    if (unlikely(a->mfn >= frame_max_mfn || !frame_get(f, d))) {
        drop_status(d, ref, a);
        return false;
    }
    if (writable && unlikely(!frame_get_writable(f))) {
        frame_put(f);
        drop_status(d, ref, a);
        return false;
    }
    a->domid = by->id;
    a->uses = one_use(writable);
    d->grant.pins++;
    return true;
}

static ALWAYS_INLINE int pin(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable, mfn_t *mfn)
{
    SPIN_GUARD(&d->grant.lock);

    /* Twice, as the compiler is to know which of them it is. */
    if (likely(writable ? pin_first(d, ref, by, true, mfn) : pin_first(d, ref, by, false, mfn)))
        return GNTST_okay;
    return pin_other(d, ref, by, writable, mfn);
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
    if (likely(!in_use(a))) {
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

static bool more_maps(struct grant_table *t)
{
    uint32_t page = t->maps / GRANT_MAPS_PER_PAGE;

    if (page == GRANT_MAP_PAGES)
        return false;
    t->map[page] = alloc_bytes(PAGE_SIZE);
    if (!t->map[page])
        return false;
    for (uint32_t i = GRANT_MAPS_PER_PAGE; i-- > 0;) {
        t->map[page][i].next_free = t->map_free;
        t->map_free = t->maps + i + 1;
    }
    t->maps += GRANT_MAPS_PER_PAGE;
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
    for (; t->maps; t->maps -= GRANT_MAPS_PER_PAGE)
        alloc_free_bytes(t->map[t->maps / GRANT_MAPS_PER_PAGE - 1], PAGE_SIZE);
    return true;
}

void grant_recount(struct domain *d, void (*add)(mfn_t mfn, unsigned int refs, unsigned int types))
{
    for (grant_ref_t ref = 0; ref < d->grant.frames * GRANT_PER_FRAME; ref++) {
        const struct grant_active *a = active_of(d, ref);

        if (in_use(a))
            add(a->mfn, 1, a->writers ? 1 : 0);
    }
}
