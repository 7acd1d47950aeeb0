/* SPDX-License-Identifier: MIT */
/*
 * The walk: validation and teardown of trees, in steps. Its stack holds one use (a reference and a type reference) of
 * each table on it; the topmost table's entries below next[] hold theirs.
 *
 *   IDLE --pt_get_table: a table nobody uses yet--> VALIDATE --last entry got--> result: ok, holds the root's use
 *                                                      |  a bad entry
 *                                                      v
 *   IDLE --a debt: a table's last use went-------->  UNWIND  --last entry put--> result: refused (or none: a debt)
 *
 * A step is at most one l1 table, or 512 absent entries. Between two steps the hypercall may be preempted; it is then
 * executed again from its start, finds the walk where it stands, and at the end fetches the result. Whatever other
 * call on this domain's tables comes in between first finishes the walk, so nobody ever sees a half-valid tree.
 * A validation that fails gives back exactly what it took, by the code that tears down valid trees.
 */
#include "pv/pt_internal.h"

static void push(struct pt_walk *w, mfn_t table, unsigned int next)
{
    w->table[w->depth] = table;
    w->next[w->depth] = (uint16_t)next;
    w->depth++;
}

static void owe(struct domain *d, mfn_t table)
{
    struct pt_walk *w = &d->walk;

    /* An operation starts without debts and makes two at most; only callers outside of one can find it full. */
    while (w->debts == PT_WALK_DEBTS)
        pt_walk_step(d);
    w->debt[w->debts++] = table;
}

void pt_drop_result(struct domain *d)
{
    struct pt_walk *w = &d->walk;
    mfn_t held = w->over && !w->refused ? w->root : 0;

    w->root = 0;
    w->over = false;
    if (held)
        pt_put_table(d, held);
}

/* The walk is where it began. */
static void rest(struct pt_walk *w)
{
    w->state = WALK_IDLE;
    w->over = w->root != 0;
}

/* The level of the topmost table: types of frames on the stack are what they say. */
static enum frame_type top_level(const struct pt_walk *w)
{
    return frame_type(frame_of(w->table[w->depth - 1]));
}

/* The next present entry of the guest's part of a table, from i on; PT_ENTRIES: none. */
static unsigned int next_present(const struct pt_entry *e, unsigned int i)
{
    const uint64_t *entries = pt_entries(e->table);

    while (i < PT_ENTRIES && (!(entries[i] & PTE_P) || (e->level == FRAME_L4 && pt_slot_ours(i))))
        i++;
    return i;
}

static void validate_step(struct domain *d)
{
    struct pt_walk *w = &d->walk;
    uint16_t *next = &w->next[w->depth - 1];
    struct pt_entry e = {.table = w->table[w->depth - 1], .level = top_level(w)};
    long rc;

    e.index = next_present(&e, *next);
    *next = (uint16_t)e.index;
    if (e.index == PT_ENTRIES) {
        table_set_validated(e.table);
        if (--w->depth)
            w->next[w->depth - 1]++; /* the entry that led here */
        else
            rest(w);
        return;
    }
    e.value = pt_entries(e.table)[e.index];
    rc = table_entry_check(&e);
    if (!rc)
        rc = table_take(d, pte_mfn(e.value), e.level - 1, &e);
    if (unlikely(rc < 0)) {
        w->refused = rc;
        w->refusal = this_cpu()->refusal;
        memcpy(w->refusal_value, this_cpu()->refusal_value, sizeof(w->refusal_value));
        w->state = WALK_UNWIND;
        return;
    }
    pt_entries(e.table)[e.index] = e.value;
    if (rc == TABLE_DESCEND)
        push(w, pte_mfn(e.value), 0);
    else
        ++*next;
}

static void unwind_step(struct domain *d)
{
    struct pt_walk *w = &d->walk;
    uint16_t *next = &w->next[w->depth - 1];
    mfn_t table = w->table[w->depth - 1];
    const uint64_t *entries = pt_entries(table);
    bool l4 = top_level(w) == FRAME_L4;

    while (*next > 0) {
        unsigned int i = --*next;

        if (!(entries[i] & PTE_P) || (l4 && pt_slot_ours(i)))
            continue;
        if (!table_put(pte_mfn(entries[i]))) {
            table_begin_unwind(pte_mfn(entries[i]));
            push(w, pte_mfn(entries[i]), PT_ENTRIES);
        }
        return;
    }
    table_finish_unwind(table);
    if (!--w->depth)
        rest(w);
}

bool pt_walk_step(struct domain *d)
{
    struct pt_walk *w = &d->walk;
    mfn_t table;

    switch (w->state) {
    case WALK_VALIDATE:
        validate_step(d);
        return true;
    case WALK_UNWIND:
        unwind_step(d);
        return true;
    case WALK_IDLE:
        break;
    }
    if (!w->debts)
        return false;
    table = w->debt[--w->debts];
    if (!table_put(table)) { /* a validation may have taken it meanwhile */
        w->state = WALK_UNWIND;
        table_begin_unwind(table);
        push(w, table, PT_ENTRIES);
    }
    return true;
}

long pt_finish(struct domain *d)
{
    while (pt_walk_step(d))
        if (preempt_check())
            return -XEN_ERESTART;
    return 0;
}

/* What it holds is the caller's from here on. */
static long fetch_result(struct pt_walk *w)
{
    w->root = 0;
    w->over = false;
    return w->refused;
}

long pt_get_table(struct domain *d, mfn_t mfn, enum frame_type level, const struct pt_entry *from)
{
    struct pt_walk *w = &d->walk;
    long rc;

    if (unlikely(w->over) && w->root == mfn && w->type == level) { /* for an earlier, preempted execution of this call */
        if (w->refused)
            refuse_record(w->refusal, ARRAY_SIZE(w->refusal_value), w->refusal_value);
        return fetch_result(w);
    }
    rc = table_take(d, mfn, level, from);
    if (likely(rc != TABLE_DESCEND))
        return rc;
    pt_drop_result(d); /* of a call that has not come back for it: it will start again */
    w->root = mfn;
    w->type = level;
    w->initiator = current;
    w->refused = 0;
    w->state = WALK_VALIDATE;
    push(w, mfn, 0);
    rc = pt_settle(d);
    return rc ? rc : fetch_result(w);
}

void pt_put_table(struct domain *d, mfn_t mfn)
{
    if (!table_put(mfn))
        owe(d, mfn);
}
