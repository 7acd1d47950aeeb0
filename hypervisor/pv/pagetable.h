/* SPDX-License-Identifier: MIT */
/*
 * Page tables of guests: the guest owns and reads them, the MMU uses them as they are, and only what is checked here
 * gets into them.
 *
 *   l4 -> l3 -> l2 -> l1 -> frame      get_ checks and takes, put_ gives back, each calling strictly downward
 *
 * A present entry holds one reference to the frame it names, and one type reference: to a table of the level below,
 * or, from a writable l1 entry, to a writable frame. A root holds the same from each vcpu that has it loaded and from
 * its pin. An l1 is validated or torn down in one go; bigger trees by the domain's one pt_walk (pt_walk.c), which can
 * stop between two l1 tables. While a table waits for its teardown the walk holds its last type reference, so nobody
 * can take the frame for something else.
 *
 * Everything here runs between pt_enter and pt_leave, that is under d->mm_lock and with no walk unfinished.
 */
#pragma once

#include "pv/pv.h"

/* ---- entries ---- */
#define PTE_P   (1ul << 0)
#define PTE_RW  (1ul << 1)
#define PTE_US  (1ul << 2)
#define PTE_PWT (1ul << 3)
#define PTE_PCD (1ul << 4)
#define PTE_A   (1ul << 5)
#define PTE_D   (1ul << 6)
#define PTE_PSE (1ul << 7) /* l2, l3: superpage */
#define PTE_PAT (1ul << 7) /* l1 */
#define PTE_G   (1ul << 8)
#define PTE_NX  (1ul << 63)
#define PTE_ADDR 0x000ffffffffff000ul
#define PTE_CACHE (PTE_PWT | PTE_PCD | PTE_PAT)

/* In the count of mmu_update and mmuext_op: continued, *done holds what was done before. Ours alone, as in Xen. */
#define MMU_UPDATE_PREEMPTED 0x80000000u

#define PT_ENTRIES 512u
#define PT_SLOT_FIRST 256u /* l4 slots 256..271 are the hypervisor's */
#define PT_SLOT_LAST  271u

static inline mfn_t pte_mfn(uint64_t e)
{
    return (e & PTE_ADDR) >> PAGE_SHIFT;
}

static inline uint64_t *pt_entries(mfn_t table)
{
    return mfn_ptr(table);
}

static inline bool pt_slot_ours(unsigned int index)
{
    return index - PT_SLOT_FIRST <= PT_SLOT_LAST - PT_SLOT_FIRST;
}

static inline unsigned int pt_index(uint64_t va, enum frame_type level)
{
    return (va >> (PAGE_SHIFT + 9 * (level - FRAME_L1))) & (PT_ENTRIES - 1);
}

static inline bool frame_type_is_table(enum frame_type t)
{
    return t >= FRAME_L1 && t <= FRAME_L4;
}

uint64_t pt_owner_of(mfn_t mfn); /* domid, for refusals; -1: nobody */

/* A reference and a writable type reference to a frame of d, to write there in the guest's stead. False: it may not. */
bool pt_hold_writable(const struct domain *d, mfn_t mfn) MUST_CHECK;
static inline void pt_drop_writable(mfn_t mfn)
{
    frame_put_writable(frame_of(mfn));
    frame_put(frame_of(mfn));
}

/* The domid argument of calls about page tables, which are always the caller's own: 0, or a refusal. */
long pt_own_domain(domid_t id) MUST_CHECK;

/* Boot: the root whose slots 256..271 every guest root shares, and the CPU's physical address width. */
void pt_init(const uint64_t *idle_root, unsigned int phys_bits);

/* ---- an operation on a domain's tables ---- */

static inline bool pt_walk_busy(const struct domain *d)
{
    return d->walk.state != WALK_IDLE || d->walk.debts;
}

/* Between the parts of an operation: finishes what the last part left. 0 or -ERESTART; the lock stays held. */
long pt_finish(struct domain *d) MUST_CHECK;

static inline MUST_CHECK long pt_settle(struct domain *d)
{
    return likely(!pt_walk_busy(d)) ? 0 : pt_finish(d);
}

/* Takes mm_lock and finishes what is unfinished. -ERESTART: not finished, lock not held, continue the hypercall. */
static inline MUST_CHECK long pt_enter(struct domain *d)
{
    long rc;

    spin_lock(&d->mm_lock);
    rc = pt_settle(d);
    if (unlikely(rc))
        spin_unlock(&d->mm_lock);
    return rc;
}

void pt_drop_result(struct domain *d); /* the one nobody has fetched */

/* Releases mm_lock; rc is what the operation answers (a result that nobody fetched is dropped unless -ERESTART). */
static inline void pt_leave(struct domain *d, long rc)
{
    if (unlikely(d->walk.over) && rc != -XEN_ERESTART && d->walk.initiator == current)
        pt_drop_result(d);
    spin_unlock(&d->mm_lock);
}

/*
 * One reference and one type reference to a table: 0, -ERESTART, or a refusal. `from`: the entry that wants it, NULL if it
 * is a root. pt_put_table may leave work.
 */
struct pt_entry;
long pt_get_table(struct domain *d, mfn_t mfn, enum frame_type level, const struct pt_entry *from) MUST_CHECK;
void pt_put_table(struct domain *d, mfn_t mfn);

long pt_pin(struct domain *d, mfn_t mfn, enum frame_type level) MUST_CHECK;
long pt_unpin(struct domain *d, mfn_t mfn) MUST_CHECK;

/* True for a frame that is a page table of d now. */
static inline bool pt_is_table(const struct domain *d, mfn_t mfn)
{
    const struct frame *f = frame_of(mfn);

    return frame_valid(mfn) && f->owner == d && frame_type_is_table(frame_type(f)) && (f->type & FRAME_VALIDATED);
}

/* Makes a root the vcpu's kernel or user root (0: none), and gives the old one back. Loads cr3 if v is current. */
long pt_set_base(struct vcpu *v, mfn_t root) MUST_CHECK;
long pt_set_user_base(struct vcpu *v, mfn_t root) MUST_CHECK;

/* ---- for others, without pt_enter ---- */

/* The domain gives a frame back. False: it is pinned, or was not its to give. */
bool pt_release_frame(struct domain *d, mfn_t mfn);

/* A root for a vcpu: as pt_get_table(FRAME_L4), taking and releasing the lock. */
long pt_get_root(struct domain *d, mfn_t mfn) MUST_CHECK;
void pt_put_root(struct domain *d, mfn_t mfn);

/*
 * A trapped write to a page table. Only l1 tables are written this way, as the ABI has it. `change` is given the entry
 * and makes of it what it is to be; false: it is not to be changed after all. Under mm_lock.
 */
enum {
    PT_WRITE_DONE,
    PT_WRITE_NOT_TABLE, /* va maps no l1 table of the domain, or `change` said no: not ours to emulate */
    PT_WRITE_AGAIN = -XEN_EAGAIN /* the MMU changed the entry meanwhile */
};
typedef bool pt_change_fn(void *context, uint64_t *entry);
long pt_emulated_write(struct vcpu *v, uint64_t va, pt_change_fn *change, void *context);

/* Descriptor pages (GDT, LDT): a reference and a FRAME_SEGDESC type reference, every descriptor checked. */
long segdesc_get(struct domain *d, mfn_t mfn) MUST_CHECK;
void segdesc_put(struct domain *d, mfn_t mfn);

/*
 * A dying domain, no vcpu of it running or loaded (GDT, LDT, grants already given back): one bounded step of unpinning,
 * dropping roots, tearing down, freeing. True when it holds no memory but frames others still map.
 */
bool pt_teardown_step(struct domain *d);

/*
 * The oracle: counts every reference from scratch and compares. Each mismatch is reported in words; returns how many.
 * Under the mm_lock of every domain.
 */
unsigned int recount(void);
void recount_all(void); /* the same, unless a domain is busy; right if no other pcpu is at work on grants */

