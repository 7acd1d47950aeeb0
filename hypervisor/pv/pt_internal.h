/* SPDX-License-Identifier: MIT */
/*
 * What the files of page-table validation tell each other. Everything under d->mm_lock. Calls go strictly downward:
 * pt_walk.c -> pt_tables.c -> pt_l1.c -> memory/frame.c.
 */
#pragma once

#include "pv/pagetable.h"

extern uint64_t pt_reserved; /* address bits the CPU does not have */

/* An entry and the place it is meant for: what refusals speak of. */
struct pt_entry {
    mfn_t table;
    unsigned int index;
    enum frame_type level; /* of the table */
    uint64_t value;
};

enum pt_update {
    PT_SET,         /* *entry = new: may lose an A or D that the MMU sets meanwhile, as any kernel's plain store */
    PT_PRESERVE_AD, /* *entry = new | (*entry & (A|D)) */
    PT_COMPARE      /* only if the entry is still old */
};

/* Besides us only the MMU changes an entry, and only its A and D bits. False: PT_COMPARE, and it has. */
static ALWAYS_INLINE bool pt_write(uint64_t *entry, uint64_t old, uint64_t value, enum pt_update how)
{
    if (how == PT_SET) {
        write_once(*entry, value);
        return true;
    }
    if (how == PT_COMPARE)
        return __atomic_compare_exchange_n(entry, &old, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(entry, &old, value | (old & (PTE_A | PTE_D)), false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_RELAXED))
        continue;
    return true;
}

/* The first four values of every row about an entry. */
#define PT_ENTRY_VALUES(e) (e)->table, (e)->index * 8ul, (e)->value, pte_mfn((e)->value)

/* pt_l1.c, and inline what every update goes through. */

/* Cacheability of memory is not an ordinary guest's to choose: our own mapping of it is write-back. */
static inline uint64_t l1e_refused_bits(const struct domain *d)
{
    return d->privileged ? 0 : PTE_CACHE;
}

static inline uint64_t l1e_adjust(uint64_t value)
{
    return (value | PTE_US) & ~PTE_G;
}

/* Two present entries with the same rights to the same frame: the references that are there serve on. */
static inline bool l1e_same(uint64_t old, uint64_t value)
{
    return !((old ^ value) & (PTE_ADDR | PTE_RW | PTE_P));
}

/*
 * The references of a present entry for memory of d, whose mm_lock is held, if there is nothing to say against it. What
 * is on d's list leaves it only under that lock, and what is writable becomes a table only under it: so what is seen
 * here stays true, and adding does. All else, and counts that could come near their end, is for a second look.
 */
static ALWAYS_INLINE bool l1e_take(uint64_t value, uint64_t refused, const struct domain *d)
{
    struct frame *f = frame_of(pte_mfn(value));
    uint64_t refs;

    if (unlikely((value & refused) || pte_mfn(value) >= frame_max_mfn || f->owner != d))
        return false;
    refs = read_once(f->refs);
    if (unlikely(!(refs & FRAME_ALLOCATED) || (int32_t)refs < 0)) /* no frame has more uses than references */
        return false;
    if (value & PTE_RW) {
        if (likely(frame_type(f) == FRAME_WRITABLE))
            __atomic_fetch_add((uint32_t *)&f->type, 1, __ATOMIC_ACQUIRE);
        else if (!frame_get_writable(f))
            return false;
    }
    __atomic_fetch_add((uint32_t *)&f->refs, 1, __ATOMIC_ACQUIRE);
    return true;
}

void l1e_put_other(uint64_t value);

/* Gives them back; d, whose mm_lock is held, owns the table, and mostly the frame. */
static ALWAYS_INLINE void l1e_put(uint64_t value, const struct domain *d)
{
    struct frame *f = frame_of(pte_mfn(value));

    if (!(value & PTE_P))
        return;
    if (unlikely(pte_mfn(value) >= frame_max_mfn || f->owner != d)) {
        l1e_put_other(value);
        return;
    }
    if ((value & PTE_RW) && unlikely(__atomic_sub_fetch((uint32_t *)&f->type, 1, __ATOMIC_RELEASE) == 0))
        frame_stamp(f); /* in time: nobody can make a table of it before we release the lock */
    frame_put(f);
}

/* Writes an entry whose references are there, and gives back what it replaces (or its own, if it could not be written). */
static ALWAYS_INLINE bool l1_commit(uint64_t *entry, uint64_t old, uint64_t value, bool same, enum pt_update how,
                                    const struct domain *d)
{
    bool done;

    if (value & PTE_P)
        value = l1e_adjust(value);
    done = pt_write(entry, old, value, how);
    if (!same)
        l1e_put(likely(done) ? old : value, d);
    return done;
}

/*
 * *entry := value, an entry for memory of d or none, if it can be without a second look; else nothing is changed and
 * l1_update() finds out why.
 */
static ALWAYS_INLINE bool l1_replace(uint64_t *entry, uint64_t old, uint64_t value, enum pt_update how,
                                     uint64_t refused, const struct domain *d)
{
    bool same = false;

    if (value & PTE_P) {
        same = l1e_same(old, value) && !(value & refused);
        if (!same && unlikely(!l1e_take(value, refused, d)))
            return false;
    }
    return l1_commit(entry, old, value, same, how, d);
}

static ALWAYS_INLINE bool l1_set(uint64_t *entry, uint64_t value, uint64_t refused, const struct domain *d)
{
    return l1_replace(entry, read_once(*entry), value, PT_SET, refused, d);
}

long l1_validate(struct domain *d, mfn_t table);
void l1_teardown(const struct domain *d, mfn_t table);
/* The second look: 0, a refusal, or of PT_COMPARE -EAGAIN. */
long l1_update(const struct domain *d, uint64_t *entry, uint64_t old, uint64_t value, enum pt_update how);

/* A table of d of that level (or a page of descriptors), its contents checked: it has uses, and keeps them under mm_lock. */
static inline bool table_is_valid(const struct domain *d, mfn_t mfn, enum frame_type level)
{
    const uint64_t valid = (uint64_t)level << FRAME_TYPE_SHIFT | FRAME_VALIDATED;
    const struct frame *f = frame_of(mfn);

    return mfn < frame_max_mfn && f->owner == d && (f->type & (0xfful << FRAME_TYPE_SHIFT | FRAME_VALIDATED)) == valid;
}

/*
 * One more use of a table that is valid, as most are, or one less that is not the last: false, nothing changed, if it is
 * anything else. Valid tables change their type only under mm_lock, so they keep what is seen here; counts that could
 * come near their end are left to the careful way.
 */
static inline bool table_share(const struct domain *d, mfn_t mfn, enum frame_type level)
{
    struct frame *f = frame_of(mfn);

    if (unlikely(!table_is_valid(d, mfn, level) || ((uint32_t)f->type | (uint32_t)f->refs) >> 31))
        return false;
    __atomic_fetch_add((uint32_t *)&f->refs, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&f->type, 1, __ATOMIC_RELAXED);
    return true;
}

static inline bool table_unshare(mfn_t mfn)
{
    struct frame *f = frame_of(mfn);

    if (unlikely(frame_type_count(f) == 1))
        return false;
    __atomic_fetch_sub(&f->type, 1, __ATOMIC_RELEASE);
    __atomic_fetch_sub((uint32_t *)&f->refs, 1, __ATOMIC_RELEASE);
    return true;
}

long segdesc_validate(mfn_t table); /* segdesc.c */

/* pt_tables.c: one table (or page of descriptors), without looking into the levels below unless it is an l1. */
#define TABLE_READY   0 /* taken, and its contents are valid */
#define TABLE_DESCEND 1 /* taken as a new l2..l4: its entries have yet to be got */
long table_take(struct domain *d, mfn_t mfn, enum frame_type level, const struct pt_entry *from);
/* Gives back a use. False: it was the last one of an l2..l4, still held: its entries have to be put first. */
bool table_put(mfn_t mfn);
void table_begin_unwind(mfn_t mfn);  /* no more uses of it */
void table_finish_unwind(mfn_t mfn); /* all entries are put: the last use goes */
void table_set_validated(mfn_t mfn);

/* Flag checks of a present l2..l4 entry; leaves in e->value what the MMU is to see. */
long table_entry_check(struct pt_entry *e);
/* 0, -ERESTART (nothing changed), or a refusal. */
long table_update(struct domain *d, struct pt_entry *e, enum pt_update how);

/* pt_walk.c: one bounded step of what is unfinished. False: there was nothing. */
bool pt_walk_step(struct domain *d);

/*
 * On to the table below; false: there is none. Tables' entries are never superpages. Besides who holds mm_lock only the
 * MMU changes one, and nothing of what we look at: so this is a plain read.
 */
static ALWAYS_INLINE bool pt_descend(uint64_t **table, uint64_t va, enum frame_type level)
{
    uint64_t e = (*table)[pt_index(va, level)];

    *table = (uint64_t *)(DIRECT_MAP + (e & PTE_ADDR));
    return likely(e & PTE_P);
}

/* The l1 entry that translates va in v's kernel root, whatever it says; NULL: there is no l1 table. */
static ALWAYS_INLINE uint64_t *pt_find_l1e(const struct vcpu *v, uint64_t va)
{
    uint64_t *table = pt_entries(v->root_kernel);

    if (unlikely(!address_guest(va)) || !pt_descend(&table, va, FRAME_L4) || !pt_descend(&table, va, FRAME_L3) ||
        !pt_descend(&table, va, FRAME_L2))
        return NULL;
    return table + pt_index(va, FRAME_L1);
}

/*
 * update_va_mapping.c: translations a guest asks to be forgotten. A domain's entries can be in the TLBs of pcpu_mask
 * only, and a vcpu that moves to a pcpu loads its root there: so all vcpus of a domain are reached by its mask. The
 * pcpus for a set of vcpus: bitmap at va, as many bits as the domain has vcpus. False: unreadable.
 */
bool tlb_request_targets(const struct vcpu *v, uint64_t bitmap_va, uint64_t *pcpus);

/*
 * The end of mmu_update and mmuext_op, whose arguments are alike: list, count, pdone, domid. *pdone learns how many
 * requests took effect, in this execution and those it continues; if rc says so the rest is continued.
 */
long pt_batch_tell(unsigned int call, uint64_t list, uint64_t count, uint64_t pdone, uint64_t domid, uint32_t done,
                   long rc);

static inline long pt_batch_end(unsigned int call, uint64_t list, uint64_t count, uint64_t pdone, uint64_t domid,
                                uint32_t done, long rc)
{
    return likely(rc != -XEN_ERESTART && !pdone) ? rc : pt_batch_tell(call, list, count, pdone, domid, done, rc);
}
