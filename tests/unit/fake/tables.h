/* SPDX-License-Identifier: MIT */
/* Page tables to test with, and hypercalls in short words. */
#ifndef UNIT_FAKE_TABLES_H
#define UNIT_FAKE_TABLES_H

#include "fake.h"
#include "pv/pagetable.h"

/* A new page of d. */
mfn_t page(struct domain *d);
/* The guest's own store into a page of its: false if it could not map it writable. */
bool store(struct domain *d, mfn_t table, unsigned int index, uint64_t entry);

#define RW (PTE_P | PTE_RW | PTE_US | PTE_A)
#define RO (PTE_P | PTE_US | PTE_A)

static inline uint64_t pte(mfn_t mfn, uint64_t flags)
{
    return mfn << PAGE_SHIFT | flags;
}

/* A small address space, not yet validated: l4[0] -> l3[0] -> l2[0..1] -> l1[2] -> data. */
struct tree {
    struct domain *d;
    mfn_t l4, l3, l2, l1[2], data[4];
};

/* l1[0]: data 0, 1 writable, data 2 read-only, the tables read-only. l1[1]: data 3 writable. va of l1[0] entry i is i << 12. */
struct tree tree_new(struct domain *d);

long mmuext(unsigned int cmd, uint64_t arg1);
long mmuext2(unsigned int cmd, uint64_t arg1, uint64_t arg2);
long mmu_update1(uint64_t ptr, uint64_t val);
long set_entry(mfn_t table, unsigned int index, uint64_t entry);

/*
 * A trapped store of the low `size` bytes of val at va, if the entry there is in one piece, and (compare) holds old
 * there: else TRAPPED_MISMATCH.
 */
#define TRAPPED_MISMATCH 100
long trapped_store(struct vcpu *v, uint64_t va, uint64_t old, uint64_t val, unsigned int size, bool compare);

/*
 * A grant's mapping and its end at `where` (flags: GNTMAP_host_map and what else), as grant_table_op has it made: while
 * something pins owner's mfn. 0, or -1: refused.
 */
int grant_map(struct vcpu *v, uint64_t where, uint32_t flags, struct domain *owner, mfn_t mfn);
int grant_unmap(struct vcpu *v, uint64_t where, uint32_t flags, mfn_t mfn);

/* Lets everything go, and checks that nothing is left. */
void domain_end(struct domain *d);

/* Fails the test if the oracle or the MMU finds anything. */
void check_all(void);

#endif
