/* SPDX-License-Identifier: MIT */
/*
 * Two vcpus of a hostile guest do random things to random tables, and calls give way at random with the other vcpu
 * going on in between. After every step the recount and the MMU are asked. The seed is fixed; UNIT_SEED and
 * UNIT_STEPS change it and the length.
 */
#include "unit.h"
#include "tables.h"
#include "memory/frame.h"
#include "machine/tlb.h"
#include <xen/memory.h>
#include <xen/xen.h>

#define PAGES 160u

static struct domain *d, *other;
static uint64_t seed;
static mfn_t pool[PAGES];      /* pages of d, some perhaps gone */
static mfn_t granted;          /* of other */
static unsigned long done, refused, continued;
static unsigned int nesting;

static unsigned int below(unsigned int n)
{
    return (unsigned int)unit_below(&seed, n);
}

/* Pages have favourite roles by number, so that trees come about; one in eight choices ignores that. */
static mfn_t any(unsigned int role)
{
    static const unsigned int first[] = {0, 70, 110, 130, 145, 160};

    if (below(8) == 0 || role > 4)
        return pool[below(PAGES)];
    return pool[first[role] + below(first[role + 1] - first[role])];
}

static uint64_t hostile_flags(void)
{
    static const uint64_t odd[] = {PTE_PSE, PTE_G, PTE_PWT, PTE_PCD, PTE_NX, 1ul << 52, 1ul << 50, PTE_D, 0xe00};

    return below(10) ? 0 : odd[below(ARRAY_SIZE(odd))];
}

static mfn_t hostile_mfn(mfn_t good)
{
    if (below(24))
        return good;
    switch (below(5)) {
    case 0:
        return below(16);
    case 1:
        return FAKE_FRAMES + below(100);
    case 2:
        return PTE_ADDR >> 12;
    case 3:
        return granted;
    default:
        return below(FAKE_FRAMES);
    }
}

/* An entry for a table of this level (1..4). */
static uint64_t entry(unsigned int level)
{
    uint64_t flags = below(5) ? PTE_P : 0;

    if (level > 1)
        return pte(hostile_mfn(any(level - 1)), flags | PTE_RW | hostile_flags());
    if (below(2))
        return pte(hostile_mfn(any(0)), flags | PTE_RW | hostile_flags());
    return pte(hostile_mfn(any(below(5))), flags | (below(12) ? 0 : PTE_RW) | hostile_flags());
}

static unsigned int slot(void)
{
    return below(3) ? below(4) : below(512);
}

static void step(void);

static void between(void *ctx)
{
    struct vcpu *v = current;

    (void)ctx;
    continued++;
    check_all();
    if (nesting < 2 && below(2)) {
        nesting++;
        fake_run(d->vcpu[!v->id]);
        step();
        nesting--;
        fake_run(v);
    }
}

static long call(unsigned int nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3)
{
    uint64_t args[6] = {a0, a1, a2, a3};

    return fake_hypercall(nr, args, between, NULL);
}

static long do_ext(unsigned int cmd, uint64_t arg1, uint64_t arg2)
{
    struct mmuext_op op = {.cmd = cmd};

    op.arg1.mfn = arg1;
    op.arg2.src_mfn = arg2;
    return call(__HYPERVISOR_mmuext_op, (uint64_t)&op, 1, 0, DOMID_SELF);
}

static long do_updates(void)
{
    struct mmu_update u[24];
    unsigned int n = below(3) ? 1 + below(3) : 1 + below(24);
    uint32_t count = 0;

    for (unsigned int i = 0; i < n; i++) {
        unsigned int level = 1 + below(4), command = below(5) ? 0 : below(4);

        u[i].ptr = any(level) << 12 | slot() * 8 | command;
        u[i].val = command == 1 ? below(1000) : entry(below(16) ? level : 1 + below(4));
    }
    return call(__HYPERVISOR_mmu_update, (uint64_t)u, n, below(2) ? (uint64_t)&count : 0, DOMID_SELF);
}

/* The guest fills a page of its own, through a mapping it makes for that and flushes. */
static long do_fill(void)
{
    unsigned int level = 1 + below(4);
    mfn_t m = any(level);
    struct frame *f = frame_of(m);

    if (f->owner != d || !frame_get(f, d))
        return -1;
    if (!frame_get_writable(f)) {
        frame_put(f);
        return -1;
    }
    memset(mfn_ptr(m), 0, PAGE_SIZE);
    for (unsigned int i = 0; i < 6; i++)
        pt_entries(m)[slot()] = entry(level);
    frame_put_writable(f);
    frame_put(f);
    return 0;
}

static long do_balloon(void)
{
    unsigned int i = below(PAGES);
    uint64_t mfn = pool[i];
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    r.extent_start.p = &mfn;
    if (call(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, (uint64_t)&r, 0, 0) != 1)
        return -1;
    check_all();
    mfn = below(1000);
    if (call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, (uint64_t)&r, 0, 0) != 1)
        return -1; /* still mapped: the domain is at its limit */
    pool[i] = mfn;
    return 0;
}

static long do_exchange(void)
{
    unsigned int i = below(PAGES);
    uint64_t in = pool[i], out = 7;
    struct xen_memory_exchange x = {.in = {.nr_extents = 1, .domid = DOMID_SELF},
                                    .out = {.nr_extents = 1, .domid = DOMID_SELF}};
    long rc;

    x.in.extent_start.p = &in;
    x.out.extent_start.p = &out;
    rc = call(__HYPERVISOR_memory_op, XENMEM_exchange, (uint64_t)&x, 0, 0);
    if (!rc)
        pool[i] = out;
    return rc;
}

/* Pages that left while still mapped are found again here: the pool stays full. */
static void refill(void)
{
    for (unsigned int i = 0; i < PAGES; i++) {
        struct frame *f = frame_of(pool[i]);

        if (f->owner == d && (f->refs & FRAME_ALLOCATED))
            continue;
        f = alloc_domain_pages(d, 0, frame_max_mfn, false, M2P_INVALID);
        if (f)
            pool[i] = frame_mfn(f);
    }
}

static long do_segdesc(void)
{
    struct vcpu *v = current;
    mfn_t m = any(below(5));
    long rc;

    if (v->ldt_frame[0]) {
        m = v->ldt_frame[0];
        v->ldt_frame[0] = 0;
        segdesc_put(d, m);
        return 0;
    }
    rc = segdesc_get(d, m);
    if (!rc)
        v->ldt_frame[0] = m;
    return rc;
}

static long do_grant(void)
{
    uint64_t where = any(1) << 12 | slot() * 8;
    uint32_t flags = GNTMAP_contains_pte | (below(2) ? GNTMAP_readonly : 0);

    return below(2) ? grant_map(current, where, flags, other, granted) : grant_unmap(current, where, flags, granted);
}

static void step(void)
{
    struct vcpu *v = current;
    unsigned int level = 1 + below(4);
    long rc;

    switch (below(24)) {
    case 0 ... 4:
        rc = do_updates();
        break;
    case 5 ... 7:
        rc = do_fill();
        break;
    case 8 ... 9:
        rc = do_ext(MMUEXT_PIN_L1_TABLE + level - 1, any(level), 0);
        break;
    case 10:
        rc = do_ext(MMUEXT_PIN_L4_TABLE, any(4), 0);
        break;
    case 11 ... 12:
        rc = do_ext(MMUEXT_UNPIN_TABLE, any(level), 0);
        break;
    case 13 ... 14:
        rc = do_ext(MMUEXT_NEW_BASEPTR, any(4), 0);
        break;
    case 15:
        rc = do_ext(MMUEXT_NEW_USER_BASEPTR, below(4) ? any(4) : 0, 0);
        break;
    case 16:
        rc = call(__HYPERVISOR_update_va_mapping, (uint64_t)slot() << 12, entry(1), below(2) ? UVMF_INVLPG : 0, 0);
        break;
    case 17:
        rc = v->root_kernel ? trapped_store(v, slot() << 12 | slot() * 8, 0, entry(1), 1u << below(4), false) : 0;
        break;
    case 18:
        rc = below(2) ? do_ext(MMUEXT_CLEAR_PAGE, any(below(5)), 0)
                      : do_ext(MMUEXT_COPY_PAGE, any(below(5)), any(below(5)));
        break;
    case 19:
        rc = do_balloon();
        break;
    case 20:
        rc = do_exchange();
        break;
    case 21:
        rc = do_segdesc();
        break;
    case 22:
        rc = do_grant();
        break;
    default:
        rc = do_ext(MMUEXT_TLB_FLUSH_LOCAL + below(2) * 4, 0, 0);
        break;
    }
    if (rc < 0)
        refused++;
    else
        done++;
    check_all();
    refill();
}

static void run(unsigned int steps, unsigned int chance)
{
    mfn_t root;

    fake_reset();
    d = fake_domain(1, 2, PAGES);
    other = fake_domain(2, 1, 100);
    granted = fake_pinned = page(other);
    assert_true(frame_get(frame_of(granted), other) && frame_get_writable(frame_of(granted)));
    for (unsigned int i = 0; i < PAGES; i++)
        pool[i] = page(d);
    /* both vcpus start on an empty root */
    root = pool[PAGES - 1];
    for (unsigned int i = 0; i < 2; i++) {
        fake_run(d->vcpu[i]);
        assert_int_equal(do_ext(MMUEXT_NEW_BASEPTR, root, 0), 0);
    }
    fake_preempt_chance = chance;
    for (unsigned int n = 0; n < steps; n++) {
        fake_run(d->vcpu[below(2)]);
        step();
    }
    fake_preempt_chance = 0;
    for (unsigned int i = 0; i < 2; i++)
        if (d->vcpu[i]->ldt_frame[0]) {
            segdesc_put(d, d->vcpu[i]->ldt_frame[0]);
            d->vcpu[i]->ldt_frame[0] = 0;
        }
    fake_preempt_chance = chance;
    domain_end(d);
    frame_put_writable(frame_of(granted));
    frame_put(frame_of(granted));
    fake_pinned = 0;
    domain_end(other);
}

static void hostile_guests(void **state)
{
    unsigned int steps = getenv("UNIT_STEPS") ? (unsigned int)atoi(getenv("UNIT_STEPS")) : 1500;
    uint64_t before;

    (void)state;
    seed = getenv("UNIT_SEED") ? strtoul(getenv("UNIT_SEED"), NULL, 0) | 1 : 0x9e3779b97f4a7c15;
    fake_reset();
    before = alloc_free_frames;
    for (unsigned int i = 0; i < 4; i++) {
        run(steps, (const unsigned int[]){0, 40, 128, 250}[i]);
        assert_int_equal(alloc_free_frames, before);
    }
    printf("# %lu done, %lu refused, gave way %lu times, %lu flushes\n", done, refused, continued, fake_flushes);
    assert_true(done > 100 && refused > 100 && continued > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hostile_guests)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
