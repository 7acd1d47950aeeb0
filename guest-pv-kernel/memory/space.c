/* SPDX-License-Identifier: MIT
 * Address spaces of processes. Tables are adopted (made read-only) before they are hooked into one
 * that is already live; a forked child's l1 tables are filled as plain memory first, which saves a
 * checked write per entry. Invariant: a writable entry's frame has one reference; a shared one is
 * read-only and carries PTE_COW. */
#include "memory/space.h"

#include "lib/print.h"
#include "lib/string.h"
#include "memory/frame.h"

#define TABLE_FLAGS (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define l2_slot(va) ((unsigned)((va) >> 21) & 511)
#define l1_slot(va) ((unsigned)((va) >> 12) & 511)

bool space_create(struct space *s)
{
    memset(s, 0, sizeof(*s));
    s->l3 = frame_alloc();
    s->l2 = frame_alloc();
    if (!s->l3 || !s->l2) {
        frame_put(s->l3);
        frame_put(s->l2);
        return false;
    }
    *(pte_t *)frame_address(s->l3) = pte_make(s->l2, TABLE_FLAGS);
    table_adopt(s->l2);
    table_adopt(s->l3);
    if (root_adopt(&s->root, s->l3))
        return true;
    table_release(s->l3);
    table_release(s->l2);
    frame_put(s->l3);
    frame_put(s->l2);
    return false;
}

static void space_destroy_l1(uint64_t l1)
{
    const pte_t *t = frame_address(l1);

    for (unsigned i = 0; i < 512; i++)
        if (t[i] & PTE_P)
            frame_put(pte_frame(t[i]));
    table_release(l1);
    frame_put(l1);
}

/* Unpinned, the whole tree is plain memory again, top down: nothing has to be cleared first. */
void space_destroy(struct space *s)
{
    const pte_t *t = frame_address(s->l2);

    root_release(&s->root);
    for (unsigned i = 0; i < 512; i++)
        if (t[i] & PTE_P)
            space_destroy_l1(pte_frame(t[i]));
    table_release(s->l3);
    table_release(s->l2);
    frame_put(s->l3);
    frame_put(s->l2);
}

pte_t space_lookup(const struct space *s, uint64_t va)
{
    pte_t l2e;

    if (va >= USER_END)
        return 0;
    l2e = ((pte_t *)frame_address(s->l2))[l2_slot(va)];
    if (!(l2e & PTE_P))
        return 0;
    return ((pte_t *)frame_address(pte_frame(l2e)))[l1_slot(va)];
}

static uint64_t space_l1(struct space *s, uint64_t va)
{
    pte_t l2e = ((pte_t *)frame_address(s->l2))[l2_slot(va)];
    uint64_t l1;

    if (l2e & PTE_P)
        return pte_frame(l2e);
    l1 = frame_alloc();
    if (l1) {
        table_adopt(l1);
        pte_write(s->l2, l2_slot(va), pte_make(l1, TABLE_FLAGS));
    }
    return l1;
}

/* Takes over the caller's reference to the frame. */
bool space_map(struct space *s, uint64_t va, uint64_t pfn, uint64_t flags)
{
    uint64_t l1 = space_l1(s, va);

    if (!l1)
        return false;
    pte_write(l1, l1_slot(va), pte_make(pfn, flags | PTE_P | PTE_U | PTE_A | PTE_D));
    s->pages++;
    return true;
}

static void space_fork_l1(uint64_t from, uint64_t to)
{
    const pte_t *old = frame_address(from);
    pte_t *new = frame_address(to);
    bool irq = irq_save();

    for (unsigned i = 0; i < 512; i++) {
        pte_t e = old[i];

        if (!(e & PTE_P))
            continue;
        if (e & PTE_W) {
            e = (e & ~PTE_W) | PTE_COW;
            pte_queue(from, i, e);
        }
        frame_get(pte_frame(e));
        new[i] = e;
    }
    pte_flush();
    irq_restore(irq);
}

bool space_fork(struct space *parent, struct space *child)
{
    const pte_t *l2 = frame_address(parent->l2);

    if (!space_create(child))
        return false;
    for (unsigned i = 0; i < 512; i++) {
        uint64_t l1;

        if (!(l2[i] & PTE_P))
            continue;
        l1 = frame_alloc();
        if (!l1) {
            tlb_flush();
            space_destroy(child);
            return false;
        }
        space_fork_l1(pte_frame(l2[i]), l1);
        table_adopt(l1);
        pte_write(child->l2, i, pte_make(l1, TABLE_FLAGS));
    }
    tlb_flush();
    child->heap = parent->heap;
    child->brk = parent->brk;
    child->pages = parent->pages;
    return true;
}

static bool space_copy_on_write(struct space *s, uint64_t va, pte_t e)
{
    uint64_t old = pte_frame(e), new = old;

    if (frame_references(old) > 1) {
        new = frame_alloc();
        if (!new)
            return false;
        memcpy(frame_address(new), frame_address(old), PAGE_SIZE);
    }
    pte_write(space_l1(s, va), l1_slot(va),
              pte_make(new, (e & PTE_FLAGS & ~PTE_COW) | PTE_W));
    tlb_flush_page(va & ~(PAGE_SIZE - 1UL));
    if (new != old)
        frame_put(old);
    return true;
}

static bool space_grows(const struct space *s, uint64_t va)
{
    return (va >= s->heap && va < s->brk) ||
           (va < USER_STACK_TOP && va >= USER_STACK_TOP - USER_STACK_PAGES * PAGE_SIZE);
}

bool space_fault(struct space *s, uint64_t va, bool write)
{
    pte_t e = space_lookup(s, va);
    uint64_t pfn;

    if (e & PTE_P) {
        if (write && (e & PTE_COW))
            return space_copy_on_write(s, va, e);
        return write && (e & PTE_W); /* somebody mended it meanwhile */
    }
    if (!space_grows(s, va))
        return false;
    pfn = frame_alloc();
    if (!pfn)
        return false;
    if (space_map(s, va, pfn, PTE_W | PTE_NX))
        return true;
    frame_put(pfn);
    return false;
}
