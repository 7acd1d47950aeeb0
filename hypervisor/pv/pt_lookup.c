/* SPDX-License-Identifier: MIT */
/*
 * Finding entries by virtual address, and the writes that start from one: trapped stores to l1 tables.
 */
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

long pt_emulated_write(struct vcpu *v, uint64_t va, pt_change_fn *change, void *context)
{
    struct domain *d = v->domain;
    uint64_t *at, old, value;
    SPIN_GUARD(&d->mm_lock); /* an l1 is never half done: no need for the walk to be finished */

    at = pt_find_l1e(v, va);
    old = at ? read_once(*at) : 0;
    if (unlikely(!(old & PTE_P) || !table_is_valid(d, pte_mfn(old), FRAME_L1)))
        return PT_WRITE_NOT_TABLE;
    at = pt_entries(pte_mfn(old)) + (va & (PAGE_SIZE - 1)) / 8;
    old = value = read_once(*at);
    if (!change(context, &value))
        return PT_WRITE_NOT_TABLE;
    if (likely(l1_replace(at, old, value, PT_COMPARE, l1e_refused_bits(d), d)))
        return PT_WRITE_DONE;
    return l1_update(d, at, old, value, PT_COMPARE);
}
