/* SPDX-License-Identifier: MIT */
/*
 * l1 tables and their entries. A present entry for memory holds a reference to the frame, and if it is writable a
 * writable type reference: which a page table or descriptor page in use does not give. Entries for device memory
 * (privileged domains only) hold nothing.
 *
 * What the MMU sees differs from what the guest wrote in two bits: USER is forced on, since the guest's kernel runs
 * in ring 3, and GLOBAL off, since a root switch has to forget the kernel's mappings.
 */
#include "pv/pt_internal.h"

/* Device pages that are ours whoever asks: IOAPICs, and local APICs with the addresses of interrupt messages. The
 * HPET between them is not among these: firmware has a privileged Linux read it. */
static bool device_is_ours(mfn_t mfn)
{
    return mfn >> 8 == 0xfec00000ul >> (PAGE_SHIFT + 8) || mfn >> 8 == 0xfee00000ul >> (PAGE_SHIFT + 8);
}

uint64_t pt_owner_of(mfn_t mfn)
{
    const struct domain *owner = frame_valid(mfn) ? read_once(frame_of(mfn)->owner) : NULL;

    return owner ? owner->id : ~0ul;
}

bool pt_hold_writable(const struct domain *d, mfn_t mfn)
{
    if (!frame_valid(mfn) || !frame_get(frame_of(mfn), d))
        return false;
    if (frame_get_writable(frame_of(mfn)))
        return true;
    frame_put(frame_of(mfn));
    return false;
}

/* DOMID_IO stands for device memory, which is mapped with the caller's own rights. */
long pt_own_domain(domid_t id)
{
    if (likely(id == DOMID_SELF) || id == DOMID_IO)
        return 0;
    if (id == current->domain->id)
        return refuse(page_table_esrch_own_domid, id);
    return domain_by_id(id) ? refuse(page_table_eperm_foreign_domain, id) : refuse(page_table_esrch_unknown_domain, id);
}

static long device_get(const struct domain *d, const struct pt_entry *e)
{
    mfn_t mfn = pte_mfn(e->value);

    if (mfn == PTE_ADDR >> PAGE_SHIFT)
        return refuse(page_table_einval_frame_invalid, PT_ENTRY_VALUES(e));
    if (!d->privileged || (e->value & pt_reserved) || device_is_ours(mfn))
        return refuse(page_table_eperm_frame_beyond_memory, PT_ENTRY_VALUES(e));
    return 0;
}

static long refuse_frame(const struct frame *f, const struct domain *d, const struct pt_entry *e)
{
    enum frame_type type = frame_type(f);

    if (f->refs & FRAME_HYPERVISOR)
        return refuse(page_table_ebusy_frame_hypervisor, PT_ENTRY_VALUES(e));
    if (f->owner != d)
        return refuse(page_table_ebusy_frame_not_owned, PT_ENTRY_VALUES(e), pt_owner_of(frame_mfn(f)), d->id);
    if (type == FRAME_SEGDESC)
        return refuse(page_table_ebusy_writable_descriptor_frame, PT_ENTRY_VALUES(e));
    if (frame_type_is_table(type))
        return refuse(page_table_ebusy_writable_page_table, PT_ENTRY_VALUES(e), type - FRAME_L1 + 1,
                      frame_type_count(f));
    return refuse(page_table_ebusy_count_overflow, frame_mfn(f), f->refs & FRAME_COUNT_MASK);
}

/* What l1e_take() did not do: a refusal, or 0 for device memory, which has no references. */
static __attribute__((cold, noinline)) long look_again(const struct domain *d, const uint64_t *entry, uint64_t value)
{
    const struct pt_entry e = {ptr_mfn(entry), ((uint64_t)entry & (PAGE_SIZE - 1)) / 8, FRAME_L1, value};
    const mfn_t mfn = pte_mfn(value);
    uint64_t bad = value & l1e_refused_bits(d);

    if (bad)
        return refuse(page_table_einval_l1e_reserved_bits, e.table, e.index * 8ul, value, bad);
    if (!frame_valid(mfn))
        return device_get(d, &e);
    if (value & PTE_RW ? pt_hold_writable(d, mfn) : frame_get(frame_of(mfn), d))
        return 0;
    return refuse_frame(frame_of(mfn), d, &e);
}

/* Another domain's memory, or a device's, which has no references. */
__attribute__((cold, noinline)) void l1e_put_other(uint64_t value)
{
    struct frame *f = frame_of(pte_mfn(value));

    if (!frame_valid(pte_mfn(value)))
        return;
    if (value & PTE_RW)
        frame_put_writable(f);
    frame_put(f);
}

/* Most of most tables is empty: sixteen entries in one look. */
#define GROUP 16u

static inline bool none_present(const uint64_t *e)
{
    return !((e[0] | e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7] | e[8] | e[9] | e[10] | e[11] | e[12] | e[13] |
              e[14] | e[15]) & PTE_P);
}

long l1_validate(struct domain *d, mfn_t table)
{
    uint64_t *entries = pt_entries(table), *end = entries + PT_ENTRIES, refused = l1e_refused_bits(d);

    for (uint64_t *group = entries; group < end; group += GROUP) {
        if (none_present(group))
            continue;
        for (uint64_t *at = group; at < group + GROUP; at++) {
            uint64_t value = *at;
            long rc;

            if (!(value & PTE_P))
                continue;
            if (unlikely(!l1e_take(value, refused, d)) && unlikely(rc = look_again(d, at, value))) {
                while (at-- > entries)
                    l1e_put(*at, d);
                return rc;
            }
            if (l1e_adjust(value) != value)
                *at = l1e_adjust(value);
        }
    }
    return 0;
}

void l1_teardown(const struct domain *d, mfn_t table)
{
    const uint64_t *entries = pt_entries(table), *end = entries + PT_ENTRIES;

    for (const uint64_t *group = entries; group < end; group += GROUP) {
        if (none_present(group))
            continue;
        for (const uint64_t *at = group; at < group + GROUP; at++)
            l1e_put(*at, d);
    }
}

long l1_update(const struct domain *d, uint64_t *entry, uint64_t old, uint64_t value, enum pt_update how)
{
    bool same = l1e_same(old, value) && !(value & l1e_refused_bits(d));
    long rc = (value & PTE_P) && !same ? look_again(d, entry, value) : 0;

    if (rc)
        return rc;
    return l1_commit(entry, old, value, same, how, d) ? 0 : -XEN_EAGAIN;
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
