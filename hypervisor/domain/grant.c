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
#include "lib/string.h"
#include "machine/pcpu.h"
#include "memory/alloc.h"

#define ACTIVE_BYTES (GRANT_PER_FRAME * sizeof(struct grant_active))
#define STEP 64u /* handles given back in one step of teardown */

static_assert(sizeof(struct grant_entry_v1) * GRANT_PER_FRAME == PAGE_SIZE, "v1 entries");
static_assert(sizeof(struct grant_map) * GRANT_MAPS_PER_PAGE == PAGE_SIZE, "maps fill a page");
static_assert(offsetof(struct grant_entry_v1, domid) == 2, "flags and domid are read as one word");

bool grant_init(struct domain *d)
{
    return grant_grow(d, 1);
}

bool grant_grow(struct domain *d, uint32_t frames)
{
    struct grant_table *t = &d->grant;
    bool ok = frames <= GRANT_MAX_FRAMES;

    spin_lock(&t->lock);
    while (ok && t->frames < frames) {
        void *shared = alloc_shared_page(d), *active = alloc_bytes(ACTIVE_BYTES);

        ok = shared && active;
        if (ok) {
            t->shared[t->frames] = shared;
            t->active[t->frames] = active;
            t->frames++;
        } else {
            if (shared)
                alloc_free_shared_page(shared);
            if (active)
                alloc_free_bytes(active, ACTIVE_BYTES);
        }
    }
    spin_unlock(&t->lock);
    return ok;
}

mfn_t grant_frame(const struct domain *d, uint32_t i)
{
    return i < d->grant.frames ? ptr_mfn(d->grant.shared[i]) : MFN_NONE;
}

static struct grant_entry_v1 *entry_of(struct domain *d, grant_ref_t ref)
{
    return &d->grant.shared[ref / GRANT_PER_FRAME][ref % GRANT_PER_FRAME];
}

static struct grant_active *active_of(struct domain *d, grant_ref_t ref)
{
    return &d->grant.active[ref / GRANT_PER_FRAME][ref % GRANT_PER_FRAME];
}

static bool ref_exists(const struct domain *d, grant_ref_t ref)
{
    return ref / GRANT_PER_FRAME < d->grant.frames;
}

void grant_set(struct domain *d, grant_ref_t ref, domid_t to, pfn_t gfn, uint16_t flags)
{
    struct grant_entry_v1 *e = entry_of(d, ref);

    e->domid = to;
    e->frame = (uint32_t)gfn;
    __atomic_store_n(&e->flags, flags, __ATOMIC_RELEASE);
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

        if ((flags & GTF_type_mask) != GTF_permit_access || (domid_t)(old >> 16) != by->id)
            return (int)refuse(grant_table_op_gnttab_not_granted, ref, d->id, by->id, flags, old >> 16);
        if (writable && (flags & GTF_readonly))
            return (int)refuse(grant_table_op_gnttab_read_only, ref, d->id);
        if (__atomic_compare_exchange_n(word, &old, old | set, false, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE))
            return GNTST_okay;
    }
    return (int)refuse(grant_table_op_gnttab_unstable, ref, d->id);
}

static void clear_status(struct domain *d, grant_ref_t ref, uint16_t bits)
{
    __atomic_fetch_and(&entry_of(d, ref)->flags, (uint16_t)~bits, __ATOMIC_SEQ_CST);
}

static void drop_status(struct domain *d, grant_ref_t ref, const struct grant_active *a)
{
    uint16_t bits = (a->writers ? 0 : GTF_writing) | (a->readers || a->writers ? 0 : GTF_reading);

    if (bits)
        clear_status(d, ref, bits);
}

/* References for a first reader or writer. The frame is the one of the first pin, whatever the entry says by now. */
static int take_frame(struct domain *d, grant_ref_t ref, struct grant_active *a, bool writable, mfn_t *mfn)
{
    bool first = a->readers + a->writers == 0;

    *mfn = first ? read_once(entry_of(d, ref)->frame) : a->mfn;
    if (first && (!frame_valid(*mfn) || !frame_get(frame_of(*mfn), d)))
        return (int)refuse(grant_table_op_gnttab_frame_invalid, ref, d->id, *mfn);
    if (writable && a->writers == 0 && !frame_get_writable(frame_of(*mfn))) {
        if (first)
            frame_put(frame_of(*mfn));
        return (int)refuse(grant_table_op_gnttab_frame_not_writable, ref, d->id, *mfn);
    }
    return GNTST_okay;
}

static int pin_locked(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable, mfn_t *mfn)
{
    struct grant_active *a;
    int rc;

    if (!ref_exists(d, ref))
        return (int)refuse(grant_table_op_gnttab_bad_reference, ref, d->id, d->grant.frames * GRANT_PER_FRAME);
    a = active_of(d, ref);
    if ((a->readers || a->writers) && a->domid != by->id)
        return (int)refuse(grant_table_op_gnttab_not_granted, ref, d->id, by->id, entry_of(d, ref)->flags, a->domid);
    if (a->readers == UINT16_MAX || a->writers == UINT16_MAX)
        return (int)refuse(grant_table_op_gnttab_too_many_uses, ref, d->id);

    if ((!a->readers && !a->writers) || (writable && !a->writers)) {
        rc = set_status(d, ref, by, writable);
        if (rc != GNTST_okay)
            return rc;
        rc = take_frame(d, ref, a, writable, mfn);
        if (rc != GNTST_okay) {
            drop_status(d, ref, a);
            return rc;
        }
    }
    a->mfn = a->readers || a->writers ? a->mfn : *mfn;
    a->domid = by->id;
    *(writable ? &a->writers : &a->readers) += 1;
    d->grant.pins++;
    *mfn = a->mfn;
    return GNTST_okay;
}

int grant_pin(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable, mfn_t *mfn)
{
    int rc;

    spin_lock(&d->grant.lock);
    rc = pin_locked(d, ref, by, writable, mfn);
    spin_unlock(&d->grant.lock);
    return rc;
}

void grant_unpin(struct domain *d, grant_ref_t ref, bool writable)
{
    struct grant_active *a;

    spin_lock(&d->grant.lock);
    a = active_of(d, ref);
    *(writable ? &a->writers : &a->readers) -= 1;
    d->grant.pins--;
    /* References first: when the guest sees the bits clear, the frame is its own again. */
    if (writable && a->writers == 0)
        frame_put_writable(frame_of(a->mfn));
    if (a->readers + a->writers == 0)
        frame_put(frame_of(a->mfn));
    drop_status(d, ref, a);
    spin_unlock(&d->grant.lock);
}

int grant_swap(struct domain *d, grant_ref_t a, grant_ref_t b)
{
    struct grant_entry_v1 tmp;
    int rc = GNTST_okay;

    spin_lock(&d->grant.lock);
    if (!ref_exists(d, a) || !ref_exists(d, b)) {
        rc = (int)refuse(grant_table_op_gnttab_bad_reference, ref_exists(d, a) ? b : a, d->id,
                         d->grant.frames * GRANT_PER_FRAME);
    } else if (active_of(d, a)->readers || active_of(d, a)->writers || active_of(d, b)->readers ||
               active_of(d, b)->writers) {
        rc = (int)refuse(grant_table_op_gnttab_swap_in_use, a, b);
    } else {
        tmp = *entry_of(d, a);
        *entry_of(d, a) = *entry_of(d, b);
        *entry_of(d, b) = tmp;
    }
    spin_unlock(&d->grant.lock);
    return rc;
}

/* --- handles -------------------------------------------------------------------------------------------------- */

static struct grant_map *map_of(struct domain *by, uint32_t handle)
{
    return &by->grant.map[handle / GRANT_MAPS_PER_PAGE][handle % GRANT_MAPS_PER_PAGE];
}

static bool more_maps(struct grant_table *t)
{
    uint32_t page = t->maps / GRANT_MAPS_PER_PAGE;

    if (page == GRANT_MAP_PAGES)
        return false;
    t->map[page] = alloc_pages(0);
    if (!t->map[page])
        return false;
    for (uint32_t i = GRANT_MAPS_PER_PAGE; i-- > 0;) {
        t->map[page][i].next_free = t->map_free;
        t->map_free = t->maps + i + 1;
    }
    t->maps += GRANT_MAPS_PER_PAGE;
    return true;
}

long grant_map_new(struct domain *by, const struct grant_map *m)
{
    struct grant_table *t = &by->grant;
    long handle = -1;

    spin_lock(&t->lock);
    if (t->map_free || more_maps(t)) {
        handle = (long)t->map_free - 1;
        t->map_free = map_of(by, (uint32_t)handle)->next_free;
        *map_of(by, (uint32_t)handle) = *m;
        t->maps_in_use++;
    }
    spin_unlock(&t->lock);
    return handle;
}

bool grant_map_take(struct domain *by, uint32_t handle, struct grant_map *m)
{
    bool ok = false;

    spin_lock(&by->grant.lock);
    if (handle < by->grant.maps) {
        *m = *map_of(by, handle);
        ok = m->flags && !(m->flags & GRANT_MAP_BUSY);
        if (ok)
            map_of(by, handle)->flags |= GRANT_MAP_BUSY;
    }
    spin_unlock(&by->grant.lock);
    return ok;
}

void grant_map_put(struct domain *by, uint32_t handle, uint16_t flags)
{
    struct grant_table *t = &by->grant;

    spin_lock(&t->lock);
    map_of(by, handle)->flags = flags;
    if (!flags) {
        map_of(by, handle)->next_free = t->map_free;
        t->map_free = handle + 1;
        t->maps_in_use--;
    }
    spin_unlock(&t->lock);
}

/* --- the end, and the books ------------------------------------------------------------------------------------ */

bool grant_release_maps(struct domain *d)
{
    unsigned int done = 0;
    struct grant_map m;

    /* Its page tables still map the frames, with references of their own; they go next and nobody runs on them. */
    for (uint32_t handle = 0; d->grant.maps_in_use; handle++) {
        if (done == STEP)
            return false;
        if (!grant_map_take(d, handle, &m))
            continue;
        if (m.flags & GNTMAP_host_map)
            grant_unpin(domain_table[m.dom], m.ref, !(m.flags & GNTMAP_readonly));
        if (m.flags & GNTMAP_device_map)
            grant_unpin(domain_table[m.dom], m.ref, !(m.flags & GNTMAP_readonly));
        grant_map_put(d, handle, 0);
        done++;
    }
    return true;
}

bool grant_teardown_step(struct domain *d)
{
    struct grant_table *t = &d->grant;

    spin_lock(&t->lock);
    if (t->pins) {
        spin_unlock(&t->lock);
        return false;
    }
    for (uint32_t i = 0; i < t->frames; i++) {
        alloc_free_shared_page(t->shared[i]);
        alloc_free_bytes(t->active[i], ACTIVE_BYTES);
    }
    for (uint32_t i = 0; i < GRANT_MAP_PAGES && t->map[i]; i++)
        alloc_free_pages(t->map[i], 0);
    t->frames = t->maps = t->map_free = 0;
    spin_unlock(&t->lock);
    return true;
}

void grant_recount(struct domain *d, void (*add)(void *context, mfn_t mfn, unsigned int refs, unsigned int types),
                   void *context)
{
    for (grant_ref_t ref = 0; ref < d->grant.frames * GRANT_PER_FRAME; ref++) {
        const struct grant_active *a = active_of(d, ref);

        if (a->readers || a->writers)
            add(context, a->mfn, 1, a->writers ? 1 : 0);
    }
}
