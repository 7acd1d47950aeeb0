/* SPDX-License-Identifier: MIT */
/*
 * Grants, version 1: a domain's table of frames it lets others use. The table's pages are shared with the guest, so
 * each entry is read once and its status bits change by compare-and-swap; what we rely on is kept in `active`, next
 * to it and ours alone. A mapping domain gets a handle: an index into its own `map` table.
 *
 * Lock: each table's own. Two tables are never locked at once except in order of domain id.
 */
#ifndef PARAVANE_DOMAIN_GRANT_H
#define PARAVANE_DOMAIN_GRANT_H

#include "lib/types.h"
#include "machine/spinlock.h"
#include "memory/frame.h"
#include <xen/xen.h>
#include <xen/grant_table.h>

#define GRANT_MAX_FRAMES  64u
#define GRANT_PER_FRAME   512u  /* v1 entries are 8 bytes */
#define GRANT_MAP_PAGES   64u
#define GRANT_MAPS_PER_PAGE 128u

struct domain;

/* What is in use of one granted frame. */
struct grant_active {
    mfn_t mfn;             /* pinned frame, valid while readers + writers > 0 */
    domid_t domid;         /* who uses it */
    uint16_t unused;
    uint16_t readers;      /* maps and copies in progress */
    uint16_t writers;
};

/* One mapping, owned by the domain that mapped. */
struct grant_map {
    domid_t dom;           /* granting domain */
    uint16_t flags;        /* GNTMAP_* in use, 0: free */
    grant_ref_t ref;
    uint64_t addr;         /* host address or pte address it was mapped at */
    mfn_t mfn;
    uint64_t next_free;    /* handle */
};

struct grant_table {
    spinlock_t lock;
    uint32_t frames;       /* in use; grows by setup_table */
    struct grant_entry_v1 *shared[GRANT_MAX_FRAMES];
    struct grant_active *active[GRANT_MAX_FRAMES];
    struct grant_map *map[GRANT_MAP_PAGES];
    uint32_t maps;         /* handles that exist, used or free */
    uint32_t map_free;     /* handle + 1 of the first free, 0: none */
    uint32_t maps_in_use;
};

bool grant_init(struct domain *d);             /* one frame; false: no memory */
bool grant_teardown_step(struct domain *d);    /* true: nothing left. Bounded work */
bool grant_grow(struct domain *d, uint32_t frames);
mfn_t grant_frame(const struct domain *d, uint32_t i); /* for setup_table; MFN_NONE beyond */

/* The builder's own grants (console and store pages to domain 0). */
void grant_set(struct domain *d, grant_ref_t ref, domid_t to, pfn_t gfn, uint16_t flags);

/*
 * Pins ref of domain d for use by domain `by`: reads the entry, sets its status bits, takes a frame reference (and a
 * writable type reference if writable). GNTST_okay or a negative GNTST_*; *mfn is the frame.
 */
int grant_pin(struct domain *d, grant_ref_t ref, struct domain *by, bool writable, mfn_t *mfn);
void grant_unpin(struct domain *d, grant_ref_t ref, bool writable);

/* Handles. grant_map_get finds a used one (NULL if not); both tables' locks are taken inside. */
long grant_map_new(struct domain *by, const struct grant_map *m);      /* handle, or -1 */
struct grant_map *grant_map_get(struct domain *by, uint32_t handle);
void grant_map_free(struct domain *by, uint32_t handle);

#endif
