/* SPDX-License-Identifier: MIT */
/*
 * The oracle for every count of page-table validation. It shares no code with what keeps the counts: it looks at all
 * valid tables of all domains, at what the walks, pins and vcpus hold, adds up what each frame should have, and
 * compares. It also checks what the counts are for: no entry maps a table or descriptor page writable.
 */
#include "domain/grant.h"
#include "machine/printk.h"
#include "pv/pagetable.h"

static struct tally {
    uint32_t refs, types;
} *tally; /* by mfn, while we count */

static uint32_t wrong[DOMAIN_MAX];

#define say_wrong(d, ...) (wrong[(d)->id]++, log_error(__VA_ARGS__))

static void add(mfn_t mfn, unsigned int refs, unsigned int types)
{
    if (frame_valid(mfn)) {
        tally[mfn].refs += refs;
        tally[mfn].types += types;
    }
}

/* A reference and a type reference, if there is a frame. */
static void add_held(mfn_t mfn)
{
    if (mfn)
        add(mfn, 1, 1);
}

static void add_entry(mfn_t table, enum frame_type level, unsigned int i)
{
    uint64_t e = pt_entries(table)[i];
    mfn_t mfn = pte_mfn(e);
    bool l1 = level == FRAME_L1, typed = !l1 || (e & PTE_RW);

    if (!(e & PTE_P) || (level == FRAME_L4 && pt_slot_ours(i)) || !frame_valid(mfn))
        return;
    add(mfn, 1, typed);
    if (typed && frame_type(frame_of(mfn)) != (l1 ? FRAME_WRITABLE : level - 1))
        say_wrong(frame_of(table)->owner, "mfn 0x%lx entry %u is 0x%lx: mfn 0x%lx has type %u", table, i, e, mfn,
                  frame_type(frame_of(mfn)));
    if (l1 && (!(e & PTE_US) || (e & PTE_G)))
        say_wrong(frame_of(table)->owner, "mfn 0x%lx entry %u is 0x%lx", table, i, e);
}

/* Tables whose entries all hold references; those being filled or emptied are on a walk's stack. */
static void add_tables(void)
{
    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn++) {
        const struct frame *f = frame_of(mfn);

        if (!f->owner || !frame_type_is_table(frame_type(f)))
            continue;
        if (f->type & FRAME_PINNED)
            add_held(mfn);
        for (unsigned int i = 0; f->type & FRAME_VALIDATED && i < PT_ENTRIES; i++)
            add_entry(mfn, frame_type(f), i);
    }
}

static void add_walk(const struct pt_walk *w)
{
    for (unsigned int n = 0; n < w->depth; n++) {
        add_held(w->table[n]);
        for (unsigned int i = 0; i < w->next[n]; i++)
            add_entry(w->table[n], frame_type(frame_of(w->table[n])), i);
    }
    for (unsigned int n = 0; n < w->debts; n++)
        add_held(w->debt[n]);
    if (w->over && !w->refused)
        add_held(w->root);
}

static void add_vcpu(const struct vcpu *v)
{
    add_held(v->root_kernel);
    add_held(v->root_user);
    add_held(v->info_mfn);
    for (unsigned int i = 0; i < div_round_up(v->gdt_entries, 512u); i++)
        add_held(v->gdt_frame[i]);
    for (unsigned int i = 0; i < ARRAY_SIZE(v->ldt_frame); i++)
        add_held(v->ldt_frame[i]);
}

static void compare(mfn_t mfn)
{
    const struct frame *f = frame_of(mfn);
    uint32_t refs = f->refs & FRAME_COUNT_MASK, types = frame_type_count(f);

    add(mfn, f->refs & FRAME_ALLOCATED ? 1 : 0, 0);
    if (f->refs & FRAME_SHARED)
        add_held(mfn);
    if (refs != tally[mfn].refs || types != tally[mfn].types || (types && frame_type(f) == FRAME_NONE))
        say_wrong(f->owner, "mfn 0x%lx (type %u%s%s): %u references, found %u; %u type references, found %u", mfn,
                  frame_type(f), f->type & FRAME_VALIDATED ? ", valid" : "", f->type & FRAME_PINNED ? ", pinned" : "",
                  refs, tally[mfn].refs, types, tally[mfn].types);
}

/* Frames of d: those that say so, those on its list, and how many it counts. */
static void check_list(const struct domain *d)
{
    uint32_t owned = 0, listed = 0;

    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn++)
        owned += frame_of(mfn)->owner == d && !(frame_of(mfn)->refs & FRAME_SHARED);
    for (mfn_t mfn = d->page_list; mfn && listed <= owned; mfn = frame_of(mfn)->next)
        listed++;
    if (owned != d->tot_pages || listed > owned)
        say_wrong(d, "d%u owns %u frames, %u listed, %u counted", d->id, owned, listed, d->tot_pages);
}

unsigned int recount(void)
{
    size_t bytes = frame_max_mfn * sizeof(*tally);
    unsigned int all = 0;

    tally = alloc_bytes(bytes);
    if (!tally) {
        log_error("no memory to recount in");
        memset(wrong, 0xff, sizeof(wrong)); /* nothing is known to be right */
        return ~0u;
    }
    memset(wrong, 0, sizeof(wrong));
    add_tables();
    for (unsigned int i = 0; i < DOMAIN_MAX; i++) {
        struct domain *d = domain_table[i];

        if (!d)
            continue;
        add_walk(&d->walk);
        add_held(d->console_ring ? d->console_mfn : 0);
        grant_recount(d, add);
        for (unsigned int n = 0; n < d->max_vcpus; n++)
            add_vcpu(d->vcpu[n]);
        check_list(d);
    }
    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn++)
        if (frame_of(mfn)->owner)
            compare(mfn);
    for (unsigned int i = 0; i < DOMAIN_MAX; i++)
        all += wrong[i];
    alloc_free_bytes(tally, bytes);
    return all;
}

void recount_all(void)
{
    unsigned int locked = 0;

    /* The key may have come in the middle of work on these very tables. */
    for (; locked < DOMAIN_MAX; locked++)
        if (domain_table[locked] && !spin_trylock(&domain_table[locked]->mm_lock))
            break;
    if (locked < DOMAIN_MAX)
        printk("recount: d%u is busy with its page tables, try again", locked);
    else
        recount();
    for (unsigned int i = 0; i < locked; i++) {
        if (!domain_table[i])
            continue;
        spin_unlock(&domain_table[i]->mm_lock);
        if (locked == DOMAIN_MAX)
            printk("recount: d%u has %u frames, %u of them wrong", i, domain_table[i]->tot_pages, wrong[i]);
    }
}
