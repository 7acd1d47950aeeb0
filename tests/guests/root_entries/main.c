/* SPDX-License-Identifier: MIT */
/*
 * Entries of an l4 that is somebody's root change, and are what counts from then on: for the other vcpu that runs on it,
 * whose page vanishes and comes back under its eyes, and for a root that was an ordinary page meanwhile. (vcpus: 2)
 */
#include "guest.h"

#define SLOT   300
#define X      0xffff960000000000ul /* where it begins */
#define ROUNDS 20

static volatile uint64_t seen, rounds, faults, others, stop;
extern char look[];

static void second(void)
{
    while (!stop) {
        __asm__ volatile("look: mov (%1), %0" : "=a"(seen) : "r"(X) : "memory");
        others += seen != 'a' && seen != 'b';
        rounds++;
    }
    stop = 2;
}

static bool looks_again(struct frame *frame)
{
    bool its = frame->vector == 14 && frame->rip == (uint64_t)look;

    faults += its;
    return its;
}

/* The l3 of tables that map the page at X. */
static uint64_t *tree(const uint64_t *page)
{
    uint64_t *table = NULL, entry = pte_for(page, RO);

    for (int level = 1; level <= 3; level++) {
        table = page_alloc();
        table[0] = entry;
        page_readonly(table);
        entry = pte_for(table, RW);
    }
    return table;
}

static const uint64_t *page_with(uint64_t value)
{
    uint64_t *page = page_alloc();

    *page = value;
    return page;
}

static long link(const uint64_t *root, const uint64_t *l3)
{
    return pte_write(virt_to_mfn(root) * PAGE_SIZE + SLOT * 8, l3 ? pte_for(l3, RW) : 0);
}

static bool sees(uint64_t value)
{
    return wait_for(&rounds, rounds + 2, 3000) && seen == value;
}

static bool sees_nothing(void)
{
    return wait_for(&faults, faults + 2, 3000);
}

static void seen_by_the_other(uint64_t *a, uint64_t *b, const uint64_t *c)
{
    const uint64_t entry = a[0];
    unsigned int changed = 0, gone = 0, reused = 0, back = 0;

    expect("an l3 at a free slot of the root", link(boot_root(), a), 0);
    trap_hook = looks_again;
    expect("start vcpu 1", vcpu_start(1, second), 0);
    ktap_ok("it sees the page", sees('a'));
    for (unsigned int i = 0; i < ROUNDS; i++) {
        link(boot_root(), i & 1 ? a : b);
        mmuext(MMUEXT_TLB_FLUSH_ALL, 0);
        changed += sees(i & 1 ? 'a' : 'b');
    }
    ktap_equal("another l3 in its place, flushed", changed, ROUNDS);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        link(boot_root(), NULL);
        mmuext(MMUEXT_TLB_FLUSH_ALL, 0);
        gone += sees_nothing();
        reused += page_writable(a) == 0;
        a[0] = c[0]; /* nothing walks through it any more */
        gone += sees_nothing();
        a[0] = entry;
        page_readonly(a);
        link(boot_root(), a);
        back += sees('a');
    }
    ktap_equal("none, flushed", gone, 2 * ROUNDS);
    ktap_equal("so the l3 can be written", reused, ROUNDS);
    ktap_equal("and is there again, with no flush", back, ROUNDS);
    ktap_equal("nothing else was seen", others, 0);
    stop = 1;
    ktap_ok("vcpu 1 stops", wait_for(&stop, 2, 3000));
    trap_hook = NULL;
}

static void root_that_was_a_page(const uint64_t *a, const uint64_t *b)
{
    uint64_t *root = root_copy();
    unsigned int good = 0;

    for (unsigned int i = 0; i < 10; i++) {
        page_writable(root);
        root[SLOT] = pte_for(i & 1 ? a : b, RW);
        page_readonly(root);
        if (mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(root)))
            break;
        good += *(volatile uint64_t *)X == (i & 1 ? 'a' : 'b');
        mmuext(MMUEXT_NEW_BASEPTR, virt_to_mfn(boot_root()));
    }
    ktap_equal("a root that was written meanwhile", good, 10);
}

void test_main(void)
{
    uint64_t *a = tree(page_with('a')), *b = tree(page_with('b')), *c = tree(page_with('c'));

    seen_by_the_other(a, b, c);
    root_that_was_a_page(a, b);
}
