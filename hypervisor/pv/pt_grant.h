/* SPDX-License-Identifier: MIT */
/*
 * Grant mappings: l1 entries that name what a pin holds (domain/grant.h), under the mapping domain's mm_lock. `where`
 * is a va of v's kernel root, or (is_pte) the machine address of an l1 entry. The entry takes its own references, on
 * top of the pin's: so a guest that overwrites it does no harm to the books.
 */
#pragma once

#include "machine/tlb.h"
#include "pv/pt_internal.h"

#define PTE_AVAIL_SHIFT 9
#define PTE_AVAIL       (7u << PTE_AVAIL_SHIFT)

/* NULL: refused. */
static ALWAYS_INLINE uint64_t *pt_grant_entry(const struct vcpu *v, uint64_t where, bool is_pte)
{
    uint64_t *at = NULL;

    if (likely(!is_pte)) {
        at = pt_find_l1e(v, where);
        if (unlikely(!at))
            refuse(page_table_einval_no_l1_table, where);
    } else if (!(where & 7) && table_is_valid(v->domain, where >> PAGE_SHIFT, FRAME_L1)) {
        at = (uint64_t *)(DIRECT_MAP + where);
    } else {
        refuse(page_table_einval_not_an_l1_entry, where);
    }
    return at;
}

/*
 * The entry for what op's handle pins, for writing if so. It cannot go meanwhile: so adding to the references does,
 * unless a count could come near its end. False: refused.
 */
static ALWAYS_INLINE bool pt_grant_map(struct vcpu *v, const struct gnttab_map_grant_ref *op)
{
    uint64_t value = op->dev_bus_addr | PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D, old, *at;
    struct frame *f = frame_of(op->dev_bus_addr >> PAGE_SHIFT);

    at = pt_grant_entry(v, op->host_addr, op->flags & GNTMAP_contains_pte);
    if (unlikely(!at))
        return false;
    if (unlikely((int32_t)read_once(f->refs) < 0)) { /* no frame has more uses than references */
        refuse(page_table_ebusy_count_overflow, frame_mfn(f), f->refs & FRAME_COUNT_MASK);
        return false;
    }
    value |= op->flags >> _GNTMAP_guest_avail0 << PTE_AVAIL_SHIFT & PTE_AVAIL;
    value ^= op->flags & GNTMAP_readonly ? PTE_RW : 0; /* without it */
    if (value & PTE_RW)
        __atomic_fetch_add((uint32_t *)&f->type, 1, __ATOMIC_ACQUIRE);
    __atomic_fetch_add((uint32_t *)&f->refs, 1, __ATOMIC_ACQUIRE);
    old = read_once(*at);
    write_once(*at, value);
    l1e_put(old, v->domain);
    return true;
}

/* False: refused, the entry is not m's (any more). When it returns no pcpu has a translation left. */
static ALWAYS_INLINE bool pt_grant_unmap(struct vcpu *v, uint64_t where, const struct grant_map *m)
{
    uint64_t *at = pt_grant_entry(v, where, m->flags & GNTMAP_contains_pte), e, its;

    if (unlikely(!at))
        return false;
    e = read_once(*at);
    its = m->mfn << PAGE_SHIFT | PTE_P | (m->flags & GNTMAP_readonly ? 0 : PTE_RW);
    if (unlikely(!l1e_same(e, its))) { /* a read-only one in place of a writable: that would stay, unknown to the granter */
        refuse(page_table_einval_grant_not_mapped_here, ptr_mfn(at), (uint64_t)at & (PAGE_SIZE - 1), e, its);
        return false;
    }
    write_once(*at, 0);
    l1e_put(e, v->domain);
    /* Whoever granted the frame may reuse it now: no pcpu may have a translation left, under any va. */
    tlb_flush_mask(v->domain->pcpu_mask);
    return true;
}
