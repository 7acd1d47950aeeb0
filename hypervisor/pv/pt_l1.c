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
#include "domain/vcpu.h"

/* Device pages that are ours whoever asks: the IOAPIC and the local APIC. */
#define DEVICE_OURS_FIRST (0xfec00000ul >> PAGE_SHIFT)
#define DEVICE_OURS_LAST  (0xfeefffff >> PAGE_SHIFT)

uint64_t pt_owner_of(mfn_t mfn)
{
    const struct domain *owner = frame_valid(mfn) ? read_once(frame_of(mfn)->owner) : NULL;

    return owner ? owner->id : ~0ul;
}

static long device_get(const struct domain *pg, const struct pt_entry *e)
{
    mfn_t mfn = pte_mfn(e->value);

    if (mfn == PTE_ADDR >> PAGE_SHIFT)
        return refuse(page_table_einval_frame_invalid, PT_ENTRY_VALUES(e));
    if (!pg->privileged || (e->value & pt_reserved) || (mfn >= DEVICE_OURS_FIRST && mfn <= DEVICE_OURS_LAST))
        return refuse(page_table_eperm_frame_beyond_memory, PT_ENTRY_VALUES(e));
    return 0;
}

static long refuse_writable(const struct frame *f, const struct pt_entry *e)
{
    enum frame_type type = frame_type(f);

    if (type == FRAME_SEGDESC)
        return refuse(page_table_ebusy_writable_descriptor_frame, PT_ENTRY_VALUES(e));
    if (frame_type_is_table(type))
        return refuse(page_table_ebusy_writable_page_table, PT_ENTRY_VALUES(e), type - FRAME_L1 + 1,
                      frame_type_count(f));
    return refuse(page_table_ebusy_count_overflow, pte_mfn(e->value), frame_type_count(f));
}

static long refuse_frame(const struct frame *f, const struct domain *pg, const struct pt_entry *e)
{
    if (f->refs & FRAME_HYPERVISOR)
        return refuse(page_table_ebusy_frame_hypervisor, PT_ENTRY_VALUES(e));
    if (f->owner == pg)
        return refuse(page_table_ebusy_count_overflow, pte_mfn(e->value), f->refs & FRAME_COUNT_MASK);
    return refuse(page_table_ebusy_frame_not_owned, PT_ENTRY_VALUES(e), pt_owner_of(frame_mfn(f)), pg->id);
}

/* Cacheability of memory is not an ordinary guest's to choose: our own mapping of it is write-back. */
static long flags_check(const struct domain *d, const struct pt_entry *e)
{
    uint64_t bad = e->value & (d->privileged ? 0 : PTE_CACHE);

    if (unlikely(bad))
        return refuse(page_table_einval_l1e_reserved_bits, e->table, e->index * 8ul, e->value, bad);
    return 0;
}

static inline uint64_t adjust(uint64_t value)
{
    return (value | PTE_US) & ~PTE_G;
}

long l1e_get(const struct domain *d, struct domain *pg, struct pt_entry *e)
{
    mfn_t mfn = pte_mfn(e->value);
    struct frame *f = frame_of(mfn);
    long rc;

    if (!(e->value & PTE_P))
        return 0;
    rc = flags_check(d, e);
    if (unlikely(rc))
        return rc;
    if (unlikely(!frame_valid(mfn))) {
        rc = device_get(pg, e);
        if (!rc)
            e->value = adjust(e->value);
        return rc;
    }
    if (unlikely(!frame_get(f, pg)))
        return refuse_frame(f, pg, e);
    if ((e->value & PTE_RW) && unlikely(!frame_get_writable(f))) {
        rc = refuse_writable(f, e);
        frame_put(f);
        return rc;
    }
    e->value = adjust(e->value);
    return 0;
}

void l1e_put(uint64_t value)
{
    struct frame *f = frame_of(pte_mfn(value));

    if (!(value & PTE_P) || unlikely(!frame_valid(pte_mfn(value))))
        return;
    if (value & PTE_RW)
        frame_put_writable(f);
    frame_put(f);
}

long l1_validate(const struct domain *d, mfn_t table)
{
    uint64_t *entries = pt_entries(table);
    struct pt_entry e = {.table = table, .level = FRAME_L1};
    long rc;

    for (e.index = 0; e.index < PT_ENTRIES; e.index++) {
        e.value = entries[e.index];
        if (!(e.value & PTE_P))
            continue;
        rc = l1e_get(d, (struct domain *)d, &e);
        if (unlikely(rc)) {
            while (e.index-- > 0)
                l1e_put(entries[e.index]);
            return rc;
        }
        entries[e.index] = e.value;
    }
    return 0;
}

void l1_teardown(mfn_t table)
{
    const uint64_t *entries = pt_entries(table);

    for (unsigned int i = 0; i < PT_ENTRIES; i++)
        if (entries[i] & PTE_P)
            l1e_put(entries[i]);
}

/*
 * Only the MMU can change the entry besides us, and only its A and D bits. PT_SET may lose such a change, as any
 * kernel's plain store may.
 */
static bool commit(uint64_t *entry, uint64_t value, enum pt_update how, uint64_t *expect)
{
    uint64_t seen = read_once(*entry);

    switch (how) {
    case PT_SET:
        write_once(*entry, value);
        return true;
    case PT_PRESERVE_AD:
        while (!__atomic_compare_exchange_n(entry, &seen, value | (seen & (PTE_A | PTE_D)), false,
                                            __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
            continue;
        return true;
    case PT_COMPARE:
        break;
    }
    return __atomic_compare_exchange_n(entry, expect, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

long l1_update(struct domain *d, struct domain *pg, struct pt_entry *e, enum pt_update how, uint64_t *expect)
{
    uint64_t *entry = pt_entries(e->table) + e->index;
    uint64_t old = read_once(*entry);
    bool same = (e->value & PTE_P) && !((old ^ e->value) & (PTE_ADDR | PTE_RW | PTE_P));
    long rc;

    if (same) {
        /* The same rights to the same frame: the references that are there serve on. */
        rc = flags_check(d, e);
        if (likely(!rc))
            e->value = adjust(e->value);
    } else {
        rc = l1e_get(d, pg, e);
    }
    if (unlikely(rc))
        return rc;
    if (unlikely(!commit(entry, e->value, how, expect))) {
        if (!same)
            l1e_put(e->value);
        return -XEN_EAGAIN;
    }
    if (!same)
        l1e_put(old);
    return 0;
}
