/* SPDX-License-Identifier: MIT */
/*
 * The oracle for every count of page-table validation. It shares no code with what keeps the counts: it looks at all
 * valid tables of all domains, at what the walks, pins and vcpus hold, adds up what each frame of one domain should
 * have, and compares. It also checks what the counts are for: no entry maps a table or descriptor page writable.
 */
#include "machine/printk.h"
#include "domain/grant.h"
#include "pv/pagetable.h"
#include "pv/pv.h"

struct tally {
    uint32_t refs, types;
};

struct recount {
    const struct domain *d;
    struct tally *tally; /* by mfn */
    void (*report)(const char *fmt, ...);
    unsigned int wrong;
};

static void add(struct recount *r, mfn_t mfn, uint32_t refs, uint32_t types)
{
    if (frame_valid(mfn) && frame_of(mfn)->owner == r->d) {
        r->tally[mfn].refs += refs;
        r->tally[mfn].types += types;
    }
}

static void add_entry(struct recount *r, mfn_t table, enum frame_type level, unsigned int i)
{
    uint64_t e = pt_entries(table)[i];
    mfn_t mfn = pte_mfn(e);

    if (!(e & PTE_P) || (level == FRAME_L4 && pt_slot_ours(i)) || !frame_valid(mfn))
        return;
    if (level > FRAME_L1) {
        add(r, mfn, 1, 1);
        if (frame_type(frame_of(mfn)) != level - 1) {
            r->report("mfn 0x%lx entry %u names mfn 0x%lx of type %u", table, i, mfn, frame_type(frame_of(mfn)));
            r->wrong++;
        }
        return;
    }
    add(r, mfn, 1, e & PTE_RW ? 1 : 0);
    if ((e & PTE_RW) && frame_type(frame_of(mfn)) != FRAME_WRITABLE) {
        r->report("mfn 0x%lx entry %u maps mfn 0x%lx of type %u writable", table, i, mfn,
                  frame_type(frame_of(mfn)));
        r->wrong++;
    }
    if (!(e & PTE_US) || (e & PTE_G)) {
        r->report("mfn 0x%lx entry %u is 0x%lx", table, i, e);
        r->wrong++;
    }
}

/* Tables whose entries all hold references; those being filled or emptied are on a walk's stack. */
static void add_tables(struct recount *r)
{
    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn++) {
        const struct frame *f = frame_of(mfn);

        if (!f->owner || !frame_type_is_table(frame_type(f)))
            continue;
        if (f->type & FRAME_PINNED)
            add(r, mfn, 1, 1);
        if (f->type & FRAME_VALIDATED)
            for (unsigned int i = 0; i < PT_ENTRIES; i++)
                add_entry(r, mfn, frame_type(f), i);
    }
}

static void add_walk(struct recount *r, const struct pt_walk *w)
{
    for (unsigned int n = 0; n < w->depth; n++) {
        add(r, w->table[n], 1, 1);
        for (unsigned int i = 0; i < w->next[n]; i++)
            add_entry(r, w->table[n], frame_type(frame_of(w->table[n])), i);
    }
    for (unsigned int n = 0; n < w->debts; n++)
        add(r, w->debt[n], 1, 1);
    if (w->result_root && w->result_ok)
        add(r, w->result_root, 1, 1);
}

static void add_vcpu(struct recount *r, const struct vcpu *v)
{
    if (v->root_kernel)
        add(r, v->root_kernel, 1, 1);
    if (v->root_user)
        add(r, v->root_user, 1, 1);
    for (unsigned int i = 0; i < div_round_up(v->gdt_entries, 512u); i++)
        add(r, v->gdt_frame[i], 1, 1);
    for (unsigned int i = 0; i < ARRAY_SIZE(v->ldt_frame); i++)
        if (v->ldt_frame[i])
            add(r, v->ldt_frame[i], 1, 1);
    if (v->info_mfn != MFN_NONE)
        add(r, v->info_mfn, 1, 1);
}

static void add_pin(void *r, mfn_t mfn, unsigned int refs, unsigned int types)
{
    add(r, mfn, refs, types);
}

static void add_all(struct recount *r)
{
    add_tables(r);
    for (unsigned int i = 0; i < DOMAIN_MAX; i++) {
        const struct domain *d = domain_table[i];

        if (!d)
            continue;
        add_walk(r, &d->walk);
        grant_recount(domain_table[i], add_pin, r);
        for (unsigned int n = 0; n < d->max_vcpus; n++)
            add_vcpu(r, d->vcpu[n]);
    }
}

static void compare(struct recount *r, mfn_t mfn)
{
    const struct frame *f = frame_of(mfn);
    struct tally want = r->tally[mfn];
    uint32_t refs = f->refs & FRAME_COUNT_MASK, types = frame_type_count(f);

    if (f->refs & FRAME_ALLOCATED)
        want.refs++;
    if (f->refs & FRAME_SHARED)
        want.refs++, want.types++;
    if (refs == want.refs && types == want.types && (types == 0 || frame_type(f) != FRAME_NONE))
        return;
    r->report("mfn 0x%lx (type %u%s%s): %u references, found %u; %u type references, found %u", mfn, frame_type(f),
              f->type & FRAME_VALIDATED ? ", valid" : "", f->type & FRAME_PINNED ? ", pinned" : "", refs, want.refs,
              types, want.types);
    r->wrong++;
}

unsigned int recount_domain(struct domain *d, void (*report)(const char *fmt, ...))
{
    size_t bytes = frame_max_mfn * sizeof(struct tally);
    struct recount r = {.d = d, .tally = alloc_bytes(bytes), .report = report};
    uint32_t owned = 0, listed = 0;

    if (!r.tally) {
        report("no memory to recount in");
        return 1;
    }
    add_all(&r);
    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn++) {
        if (frame_of(mfn)->owner != d)
            continue;
        compare(&r, mfn);
        owned += !(frame_of(mfn)->refs & FRAME_SHARED);
    }
    for (mfn_t mfn = d->page_list; mfn && listed <= owned; mfn = frame_of(mfn)->next)
        listed++;
    if (owned != d->tot_pages || listed > owned) {
        report("d%u owns %u frames, %u listed, %u counted", d->id, owned, listed, d->tot_pages);
        r.wrong++;
    }
    alloc_free_bytes(r.tally, bytes);
    return r.wrong;
}

static void to_console(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    printk_va(LOG_ERROR, fmt, ap);
    va_end(ap);
}

void recount_all(void)
{
    for (unsigned int i = 0; i < DOMAIN_MAX; i++) {
        struct domain *d = domain_table[i];
        unsigned int wrong;

        if (!d)
            continue;
        /* The key may have come in the middle of work on these very tables. */
        if (!spin_trylock(&d->mm_lock)) {
            printk("recount: d%u is busy with its page tables, try again", d->id);
            continue;
        }
        wrong = recount_domain(d, to_console);
        spin_unlock(&d->mm_lock);
        printk("recount: d%u has %u frames, %u of them wrong", d->id, d->tot_pages, wrong);
    }
}
