/* SPDX-License-Identifier: MIT */
/*
 * Finding entries by virtual address, and the writes that start from one: trapped stores to l1 tables, and grant
 * mappings.
 */
#include "machine/tlb.h"
#include "pv/pt_internal.h"

bool pt_walk_va(mfn_t root, uint64_t va, uint64_t entries[4])
{
    mfn_t table = root;
    bool more = true;

    for (unsigned int i = 0; i < 4; i++) {
        more = more && frame_valid(table);
        entries[i] = more ? read_once(pt_entries(table)[pt_index(va, FRAME_L4 - i)]) : 0;
        more = more && (entries[i] & PTE_P) && !(i < 3 && (entries[i] & PTE_PSE));
        table = pte_mfn(entries[i]);
    }
    return more;
}

long pt_update_entry(struct domain *d, struct domain *pg, mfn_t table, unsigned int index, uint64_t new,
                     enum pt_update how, uint64_t *expect)
{
    struct pt_entry e = {.table = table, .index = index, .level = frame_type(frame_of(table)), .value = new};

    return likely(e.level == FRAME_L1) ? l1_update(d, pg, &e, how, expect) : table_update(d, &e, how);
}

/* The smaller store is merged into the entry as it is now; only the MMU's A and D bits can move under it. */
static long store_into(struct vcpu *v, mfn_t table, uint64_t va, uint64_t old, uint64_t val, unsigned int size,
                       bool compare)
{
    unsigned int shift = (va & 7) * 8, index = (va & (PAGE_SIZE - 1)) / 8;
    uint64_t mask = (size == 8 ? ~0ul : (1ul << size * 8) - 1) << shift;
    uint64_t seen = read_once(pt_entries(table)[index]);
    long rc;

    do {
        uint64_t new = (seen & ~mask) | (val << shift & mask);

        if (compare && (seen & mask) != (old << shift & mask))
            return PT_WRITE_MISMATCH;
        rc = pt_update_entry(v->domain, v->domain, table, index, new, PT_COMPARE, &seen);
    } while (rc == -XEN_EAGAIN);
    return rc ? rc : PT_WRITE_DONE;
}

long pt_emulated_write(struct vcpu *v, uint64_t va, uint64_t old, uint64_t val, unsigned int size, bool compare)
{
    struct domain *d = v->domain;
    uint64_t *at;
    long rc = PT_WRITE_NOT_TABLE;

    if (size > 8 || (va & 7) + size > 8)
        return PT_WRITE_NOT_TABLE;
    spin_lock(&d->mm_lock); /* an l1 is never half done: no need for the walk to be finished */
    at = pt_find_l1e(v, va);
    if (at && (*at & PTE_P) && pt_is_table(d, pte_mfn(*at)) && frame_type(frame_of(pte_mfn(*at))) == FRAME_L1)
        rc = store_into(v, pte_mfn(*at), va, old, val, size, compare);
    spin_unlock(&d->mm_lock);
    return rc;
}

static long find_grant_entry(struct vcpu *v, uint64_t where, bool is_pte, struct pt_entry *e)
{
    mfn_t table = where >> PAGE_SHIFT;
    uint64_t *at;

    if (!is_pte) {
        at = pt_find_l1e(v, where);
        if (at)
            *e = pt_l1e(at, read_once(*at));
        return at ? 0 : refuse(page_table_einval_no_l1_table, where);
    }
    if ((where & 7) || !pt_is_table(v->domain, table) || frame_type(frame_of(table)) != FRAME_L1)
        return refuse(page_table_einval_not_an_l1_entry, where);
    *e = (struct pt_entry){.table = table, .index = (where & (PAGE_SIZE - 1)) / 8, .level = FRAME_L1};
    e->value = read_once(pt_entries(table)[e->index]);
    return 0;
}

long pt_grant_map(struct vcpu *v, uint64_t where, bool is_pte, struct domain *owner, mfn_t mfn, uint64_t flags)
{
    struct pt_entry e;
    long rc;

    spin_lock(&v->domain->mm_lock);
    rc = find_grant_entry(v, where, is_pte, &e);
    if (!rc) {
        e.value = mfn << PAGE_SHIFT | flags;
        rc = l1_update(v->domain, owner, &e, PT_SET, NULL);
    }
    spin_unlock(&v->domain->mm_lock);
    return rc;
}

static long check_maps(const struct pt_entry *e, mfn_t mfn)
{
    if ((e->value & PTE_P) && pte_mfn(e->value) == mfn)
        return 0;
    return refuse(page_table_einval_grant_not_mapped_here, e->table, e->index * 8ul, e->value, mfn);
}

/* Whoever granted the frame may reuse it when this returns: no pcpu may have a translation left, under any va. */
static void flush_grantee(const struct domain *d)
{
    tlb_flush_mask(d->pcpu_mask & tlb_stale(tlb_now()));
}

long pt_grant_unmap(struct vcpu *v, uint64_t where, bool is_pte, mfn_t mfn)
{
    struct pt_entry e;
    long rc;

    spin_lock(&v->domain->mm_lock);
    rc = find_grant_entry(v, where, is_pte, &e);
    if (!rc)
        rc = check_maps(&e, mfn);
    if (!rc) {
        e.value = 0;
        rc = l1_update(v->domain, v->domain, &e, PT_SET, NULL);
        flush_grantee(v->domain);
    }
    spin_unlock(&v->domain->mm_lock);
    return rc;
}
