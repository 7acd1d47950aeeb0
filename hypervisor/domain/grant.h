/* SPDX-License-Identifier: MIT */
/*
 * Grants, version 1: a domain's table of frames it lets others use. The table's pages are shared with the guest, so
 * each entry is read once and its status bits change by compare-and-swap; what we rely on is kept in `active`, next
 * to it and ours alone. A mapping domain gets a handle: an index into its own `map` table.
 *
 * A table's own lock guards what its grants are used for. What its domain has mapped is that domain's page tables'
 * business and under their mm_lock, as they are. So a mapping takes one after the other, and no two of either kind.
 */
#pragma once

#include "lib/types.h"
#include "memory/frame.h"
#include <xen/xen.h>
#include <xen/grant_table.h>

#define GRANT_MAX_FRAMES  64u
#define GRANT_PER_FRAME   512u  /* v1 entries are 8 bytes */
#define GRANT_MAP_PAGES   64u
#define GRANT_MAPS_PER_PAGE 256u

struct domain;

/* What is in use of one granted frame. */
struct grant_active {
    mfn_t mfn;             /* pinned frame, valid while uses > 0 */
    domid_t domid;         /* who uses it */
    uint16_t unused;
    union {
        struct {
            uint16_t readers; /* maps and copies in progress */
            uint16_t writers;
        };
        uint32_t uses;     /* both, in one word */
    };
};

/* One mapping, owned by the domain that mapped. */
struct grant_map {
    mfn_t mfn;
    domid_t dom;           /* granting domain */
    uint16_t flags;        /* GRANT_MAP_FLAGS in use, 0: free */
    union {
        grant_ref_t ref;
        uint32_t next_free; /* handle + 1, 0: end */
    };
};

#define GRANT_MAP_FLAGS 0x1f /* GNTMAP_* but what is of the entry only */

struct grant_table {
    spinlock_t lock;       /* of shared, active and pins */
    uint32_t frames;       /* in use; grows by setup_table */
    struct grant_entry_v1 *shared[GRANT_MAX_FRAMES];
    struct grant_active *active[GRANT_MAX_FRAMES];
    uint32_t pins;         /* maps and copies of this domain's grants, by anyone */
    struct grant_map *map[GRANT_MAP_PAGES]; /* this and what follows: the domain's mm_lock */
    uint32_t maps;         /* handles that exist, used or free */
    uint32_t map_free;     /* handle + 1 of the first free, 0: none */
    uint32_t maps_in_use;
};

bool grant_grow(struct domain *d, uint32_t frames); /* false: no memory, too many, or it is dying */

/* Teardown, in bounded steps; true when done: what d mapped, then its own table once nobody uses its grants. */
bool grant_release_maps(struct domain *d);
bool grant_teardown_step(struct domain *d);

/*
 * Pins ref of domain d for use by domain `by`: reads the entry, sets its status bits, takes a frame reference (and a
 * writable type reference if writable). GNTST_okay, or a refusal; *mfn is the frame.
 */
int grant_pin(struct domain *d, grant_ref_t ref, const struct domain *by, bool writable, mfn_t *mfn);
void grant_unpin(struct domain *d, grant_ref_t ref, bool writable);

/*
 * Handles of `by`, under its mm_lock. Each holds one pin of m->ref of domain m->dom, which exists; m->mfn is what it
 * gives. A new one, of d's grant, comes with op->handle and op->dev_bus_addr: GNTST_okay, or a refusal.
 */
int grant_map_new(struct domain *by, struct domain *d, struct gnttab_map_grant_ref *op);
void grant_map_end(struct domain *by, uint32_t handle);

static inline struct grant_map *grant_map_of(const struct grant_table *t, uint32_t handle)
{
    return &t->map[handle / GRANT_MAPS_PER_PAGE][handle % GRANT_MAPS_PER_PAGE];
}

/* NULL: not in use. */
static inline struct grant_map *grant_map_find(const struct grant_table *t, uint32_t handle)
{
    return likely(handle < t->maps && grant_map_of(t, handle)->flags) ? grant_map_of(t, handle) : NULL;
}

/* For the recount: every reference that pins hold, frame by frame. */
void grant_recount(struct domain *d, void (*add)(mfn_t mfn, unsigned int refs, unsigned int types));
