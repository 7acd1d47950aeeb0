/* SPDX-License-Identifier: MIT */
/*
 * Tables as wholes, and the entries of l2, l3 and l4: what may be in one, taking a use of a table, giving it back.
 * A table is FRAME_VALIDATED while all its present entries hold their references. It is not, and has exactly one use,
 * while pt_walk.c is filling or emptying it.
 */
#include "machine/root_split.h"
#include "pv/pt_internal.h"

uint64_t pt_reserved;
static const uint64_t *idle_entries;

/* Cache attributes of tables and the meaningless GLOBAL; PSE has rows of its own where it would mean something. */
#define TABLE_REFUSED (PTE_PWT | PTE_PCD | PTE_PSE | PTE_G)

void pt_init(const uint64_t *idle_root, unsigned int phys_bits)
{
    idle_entries = idle_root;
    pt_reserved = PTE_ADDR & ~((1ul << phys_bits) - 1);
}

/* Else its contents are checked in one go: an l1, or a page of descriptors. */
static bool has_tables(enum frame_type level)
{
    return level >= FRAME_L2 && level <= FRAME_L4;
}

static unsigned int level_number(enum frame_type level)
{
    return level - FRAME_L1 + 1;
}

long table_entry_check(struct pt_entry *e)
{
    uint64_t bad = e->value & (TABLE_REFUSED | pt_reserved);

    if (likely(!bad)) {
        e->value |= PTE_US;
        return 0;
    }
    if (bad & PTE_PSE && e->level != FRAME_L4)
        return refuse(page_table_einval_superpage, e->table, e->index * 8ul, e->value, level_number(e->level));
    return refuse(page_table_einval_table_entry_bits, e->table, e->index * 8ul, e->value, bad, level_number(e->level));
}

static long refuse_owner(const struct domain *d, mfn_t mfn, enum frame_type level, const struct pt_entry *from)
{
    uint64_t owner = pt_owner_of(mfn);

    if (level == FRAME_SEGDESC)
        return refuse(descriptor_einval_frame_not_owned, mfn, owner);
    if (from)
        return refuse(page_table_einval_child_not_owned, PT_ENTRY_VALUES(from), level_number(from->level),
                      owner);
    return refuse(page_table_einval_table_not_owned, mfn, level_number(level), d->id, owner);
}

static long refuse_type(mfn_t mfn, enum frame_type level, const struct pt_entry *from)
{
    const struct frame *f = frame_of(mfn);
    enum frame_type type = frame_type(f);

    if (level == FRAME_SEGDESC)
        return refuse(descriptor_einval_frame_writable, mfn, type, frame_type_count(f));
    if (type == FRAME_WRITABLE)
        return refuse(page_table_einval_child_writable_mapped, mfn, level_number(level), frame_type_count(f));
    if (from && type == from->level)
        return refuse(page_table_einval_linear_map, PT_ENTRY_VALUES(from), level_number(from->level));
    if (from)
        return refuse(page_table_einval_child_wrong_type, PT_ENTRY_VALUES(from), level_number(from->level), type);
    return refuse(page_table_einval_table_wrong_type, mfn, level_number(level), type, frame_type_count(f));
}

static void fill_our_slots(mfn_t l4)
{
    memcpy(pt_entries(l4) + PT_SLOT_FIRST, idle_entries + PT_SLOT_FIRST,
           (PT_SLOT_LAST - PT_SLOT_FIRST + 1) * sizeof(uint64_t));
}

void table_set_validated(mfn_t mfn)
{
    __atomic_or_fetch(&frame_of(mfn)->type, FRAME_VALIDATED, __ATOMIC_ACQ_REL);
}

void table_begin_unwind(mfn_t mfn)
{
    __atomic_and_fetch(&frame_of(mfn)->type, ~FRAME_VALIDATED, __ATOMIC_ACQ_REL);
}

void table_finish_unwind(mfn_t mfn)
{
    struct frame *f = frame_of(mfn);

    if (frame_type(f) == FRAME_L4) /* the guest may read and write it again: nothing of ours stays in it */
        memset(pt_entries(mfn) + PT_SLOT_FIRST, 0, (PT_SLOT_LAST - PT_SLOT_FIRST + 1) * sizeof(uint64_t));
    frame_put_type(f);
    frame_put(f);
}

long table_take(struct domain *d, mfn_t mfn, enum frame_type level, const struct pt_entry *from)
{
    struct frame *f = frame_of(mfn);
    long rc;

    if (likely(table_share(d, mfn, level)))
        return TABLE_READY;
    if (unlikely(!frame_valid(mfn) || !frame_get(f, d)))
        return refuse_owner(d, mfn, level, from);
    /* One that is being filled or emptied no other call meets, and our own walk only lower levels. */
    if (unlikely(!frame_get_type(f, level))) {
        rc = refuse_type(mfn, level, from);
        frame_put(f);
        return rc;
    }
    if (likely(f->type & FRAME_VALIDATED))
        return TABLE_READY;
    if (level == FRAME_L4) {
        root_split_changed(mfn << PAGE_SHIFT); /* a copy may be left of when it was a root before */
        fill_our_slots(mfn);
    }
    if (has_tables(level))
        return TABLE_DESCEND;
    rc = level == FRAME_L1 ? l1_validate(d, mfn) : segdesc_validate(mfn);
    if (unlikely(rc)) {
        table_finish_unwind(mfn);
        return rc;
    }
    table_set_validated(mfn);
    return TABLE_READY;
}

bool table_put(mfn_t mfn)
{
    const struct frame *f = frame_of(mfn);

    if (likely(table_unshare(mfn)))
        return true;
    if (has_tables(frame_type(f)))
        return false;
    table_begin_unwind(mfn);
    if (frame_type(f) == FRAME_L1)
        l1_teardown(f->owner, mfn);
    table_finish_unwind(mfn);
    return true;
}

/* The old child's use is given back last: it may leave work for the walk. */
long table_update(struct domain *d, struct pt_entry *e, enum pt_update how)
{
    uint64_t *entry = pt_entries(e->table) + e->index;
    uint64_t old = read_once(*entry);
    bool same = (e->value & PTE_P) && !((old ^ e->value) & (PTE_ADDR | PTE_P));
    long rc = 0;

    if (e->level == FRAME_L4 && unlikely(pt_slot_ours(e->index)))
        return refuse(page_table_einval_hypervisor_slot, e->table, e->index * 8ul, e->value, e->index);
    if (e->value & PTE_P) {
        rc = table_entry_check(e);
        if (!rc && !same) {
            rc = pt_get_table(d, pte_mfn(e->value), e->level - 1, e);
            if (!rc && unlikely(!pt_is_table(d, e->table))) {
                /* Only a result held the table, and the walk for the child dropped it: look at the request again. */
                pt_put_table(d, pte_mfn(e->value));
                rc = -XEN_ERESTART;
            }
        }
        if (rc)
            return rc;
    }
    pt_write(entry, old, e->value, how);
    if (e->level == FRAME_L4)
        root_split_changed(e->table << PAGE_SHIFT);
    if ((old & PTE_P) && !same)
        pt_put_table(d, pte_mfn(old));
    return 0;
}
