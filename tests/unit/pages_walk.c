/* SPDX-License-Identifier: MIT */
/*
 * The walk: giving way at every point it can, other calls coming in between, and undoing exactly what was done.
 */
#include "unit.h"
#include "tables.h"
#include <xen/xen.h>

static struct domain *d;
static struct tree root; /* loaded on vcpu 0, so that there is something to walk for the MMU */
static struct tree t;    /* what the tests validate */

static int setup(void **state)
{
    (void)state;
    fake_reset();
    d = fake_domain(1, 2, 300);
    fake_run(d->vcpu[0]);
    root = tree_new(d);
    assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, root.l4), 0);
    fake_run(d->vcpu[1]);
    assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, root.l4), 0);
    fake_run(d->vcpu[0]);
    t = tree_new(d);
    check_all();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_preempt_in = 0;
    check_all();
    domain_end(d);
    return 0;
}

/* What a failed call must not change: references, uses and types in use. */
struct books {
    uint64_t refs[FAKE_FRAMES], uses[FAKE_FRAMES];
};

static void take_books(struct books *b)
{
    for (mfn_t m = 0; m < FAKE_FRAMES; m++) {
        b->refs[m] = frame_of(m)->owner ? frame_of(m)->refs : 0;
        b->uses[m] = frame_of(m)->owner && frame_type_count(frame_of(m))
                         ? frame_of(m)->type & ~(FRAME_STAMP_MASK << FRAME_STAMP_SHIFT) : 0;
    }
}

static void assert_books(const struct books *b)
{
    struct books now;

    take_books(&now);
    for (mfn_t m = 0; m < FAKE_FRAMES; m++)
        if (now.refs[m] != b->refs[m] || now.uses[m] != b->uses[m])
            fail_msg("mfn %#lx: refs %#lx, were %#lx; type %#lx, was %#lx", m, now.refs[m], b->refs[m], now.uses[m],
                     b->uses[m]);
}

static long pin_with(mfn_t mfn, void (*between)(void *), void *ctx)
{
    struct mmuext_op op = {.cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = mfn};
    uint64_t args[6] = {(uint64_t)&op, 1, 0, DOMID_SELF};

    return fake_hypercall(__HYPERVISOR_mmuext_op, args, between, ctx);
}

static unsigned int gave_way;

static void look(void *ctx)
{
    (void)ctx;
    gave_way++;
    check_all();
}

static void settle(void)
{
    while (pt_walk_busy(d))
        mmu_update1(3ul << 12 | 1, 0);
}

static void pin_and_unpin_give_way_anywhere(void **state)
{
    struct books before;

    (void)state;
    take_books(&before);
    for (unsigned int n = 1;; n++) {
        gave_way = 0;
        fake_preempt_in = n;
        assert_int_equal(pin_with(t.l4, look, NULL), 0);
        check_all();
        fake_preempt_in = n;
        assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, t.l4), 0);
        check_all();
        fake_preempt_in = 0;
        settle();
        assert_books(&before);
        if (!gave_way)
            break;
        assert_true(n < 100);
    }
}

/* Each l1 entry of the tree in turn is one that cannot be: all that was taken before it is given back. */
static void failures_undo_exactly(void **state)
{
    const struct {
        mfn_t table;
        unsigned int index;
    } spots[] = {{t.l1[0], 0}, {t.l1[0], 511}, {t.l1[1], 511}, {t.l1[1], 100}, {t.l2, 0}, {t.l2, 1}, {t.l2, 2},
                 {t.l3, 1}, {t.l4, 1}, {t.l4, 511}};
    struct books before;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(spots); i++) {
        uint64_t good = pt_entries(spots[i].table)[spots[i].index];

        assert_true(store(d, spots[i].table, spots[i].index, pte(root.l4, RW)));
        take_books(&before);
        for (unsigned int n = 0; n < 12; n++) {
            fake_preempt_in = n;
            fake_forget_refusal();
            assert_true(pin_with(t.l4, look, NULL) < 0);
            assert_string_not_equal(fake_refusal(), "");
            fake_preempt_in = 0;
            check_all();
            settle();
            assert_books(&before);
        }
        assert_true(store(d, spots[i].table, spots[i].index, good));
    }
    assert_int_equal(pin_with(t.l4, NULL, NULL), 0);
}

/* While it has given way, the other vcpu does something that must not succeed, or must not hurt. */
static mfn_t meddled;
static unsigned int kind;

static void meddle(void *ctx)
{
    (void)ctx;
    gave_way++;
    fake_run(d->vcpu[1]);
    switch (kind) {
    case 0: /* map a table of the tree writable: refused once the table is taken, or seen by the validation */
        set_entry(root.l1[0], 50, pte(t.l1[1], RW));
        break;
    case 1: /* the same tree: finds it valid, or validates it; both hold it then */
        if (mmuext(MMUEXT_NEW_BASEPTR, t.l4) == 0)
            assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, root.l4), 0);
        break;
    case 2: /* a tree of its own, which also gives way */
        fake_preempt_in = 2;
        pin_with(meddled, NULL, NULL);
        break;
    case 3: /* part of the tree is pinned on its own account */
        mmuext(MMUEXT_PIN_L3_TABLE, t.l3);
        break;
    case 4: /* an entry changes under the validation */
        set_entry(t.l2, 1, 0);
        break;
    case 5: /* a page of the tree leaves the domain */
        if (frame_of(t.l1[1])->refs & FRAME_ALLOCATED)
            frame_release(frame_of(t.l1[1]));
        break;
    }
    check_all();
    fake_run(d->vcpu[0]);
}

static void others_come_in_between(void **state)
{
    (void)state;
    for (kind = 0; kind < 6; kind++) {
        for (unsigned int n = 1; n < 9; n++) {
            struct tree u = tree_new(d);

            meddled = u.l4;
            t = tree_new(d);
            fake_preempt_in = n;
            pin_with(t.l4, meddle, NULL);
            fake_preempt_in = 0;
            check_all();
            mmuext(MMUEXT_UNPIN_TABLE, t.l4);
            mmuext(MMUEXT_UNPIN_TABLE, t.l3);
            mmuext(MMUEXT_UNPIN_TABLE, u.l4);
            set_entry(root.l1[0], 50, 0);
            settle();
            check_all();
            assert_int_equal(frame_type_count(frame_of(t.l2)), 0);
            assert_int_equal(frame_type_count(frame_of(u.l2)), 0);
            for (mfn_t m = 0; m < FAKE_FRAMES; m++) /* room for the next */
                if (frame_of(m)->owner == d && (frame_of(m)->refs & FRAME_COUNT_MASK) == 1)
                    frame_release(frame_of(m));
        }
    }
    t = tree_new(d);
}

/* A call that gave way and never comes back leaves nothing that stays. */
static void abandoned_calls_cost_nothing(void **state)
{
    struct books before;

    (void)state;
    take_books(&before);
    for (unsigned int n = 1; n < 9; n++) {
        long rc = pt_enter(d);

        assert_int_equal(rc, 0);
        fake_preempt_in = n;
        rc = pt_get_table(d, t.l4, FRAME_L4, NULL);
        fake_preempt_in = 0;
        if (!rc)
            pt_put_table(d, t.l4);
        pt_leave(d, rc);
        check_all();
        assert_int_equal(mmuext(MMUEXT_PIN_L1_TABLE, t.data[2]), 0); /* the same vcpu, another call */
        check_all();
        assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, t.data[2]), 0);
        settle();
        assert_books(&before);
    }
}

/* A validation by vcpu 0 gives way at once; vcpu 1 goes on from there. */
static void give_way(mfn_t table, enum frame_type level)
{
    long rc = pt_enter(d);

    assert_int_equal(rc, 0);
    fake_preempt_in = 1;
    rc = pt_get_table(d, table, level, NULL);
    assert_int_equal(rc, -XEN_ERESTART);
    pt_leave(d, rc);
    fake_preempt_in = 0;
    fake_run(d->vcpu[1]);
}

/* A refusal found while another vcpu finished the walk reaches the one who asked, and no later call of his. */
static void refusals_reach_the_right_call(void **state)
{
    (void)state;
    assert_true(store(d, t.l1[1], 3, pte(root.l4, RW)));
    give_way(t.l4, FRAME_L4);
    assert_int_equal(set_entry(root.l1[0], 60, 0), 0); /* finishes the walk */
    check_all();
    fake_run(d->vcpu[0]);
    fake_forget_refusal();
    assert_int_equal(pt_get_root(d, t.l4), -XEN_EBUSY);
    assert_string_equal(fake_refusal(), "page_table.ebusy.writable_page_table");
    assert_true(store(d, t.l1[1], 3, 0));
    assert_int_equal(pt_get_root(d, t.l4), 0);
    pt_put_root(d, t.l4);
}

/*
 * A table that only another call's result holds, and that call's domain has given back: an update of it whose own walk
 * takes the result's place must find it gone, and not write to what is a free frame by then.
 */
static void a_dropped_result_takes_its_table_along(void **state)
{
    mfn_t l2 = page(d), l3 = t.l3;

    (void)state;
    give_way(l3, FRAME_L3);
    assert_int_equal(set_entry(root.l1[0], 60, 0), 0); /* finishes the walk */
    assert_true(frame_release(frame_of(l3)));
    check_all();
    assert_int_equal(set_entry(l3, 5, pte(l2, RW)), -XEN_EINVAL);
    assert_int_equal(pt_entries(l3)[5], 0);
    assert_null(frame_of(l3)->owner);
    check_all();
    fake_run(d->vcpu[0]);
}

static void update_va_waits_for_the_walk(void **state)
{
    uint64_t args[6] = {0x7000, 0, 0};
    long rc;

    (void)state;
    args[1] = pte(t.data[0], RW);
    assert_int_equal(pin_with(t.l4, NULL, NULL), 0);
    fake_preempt_in = 1;
    assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, t.l4), 0); /* its teardown is still to come */
    rc = pt_enter(d);
    fake_preempt_in = 0;
    if (!rc)
        pt_leave(d, 0);
    assert_int_equal(fake_hypercall(__HYPERVISOR_update_va_mapping, args, look, NULL), 0);
}

/* The same of a table that is part of the tree whose validation takes the result's place: that holds it from then on. */
static void a_dropped_result_may_be_taken_again(void **state)
{
    (void)state;
    give_way(t.l3, FRAME_L3);
    assert_int_equal(pin_with(t.l4, NULL, NULL), 0); /* finishes the walk first */
    check_all();
    assert_true(pt_is_table(d, t.l3));
    assert_int_equal(mmuext(MMUEXT_UNPIN_TABLE, t.l4), 0);
    settle();
    check_all();
    assert_int_equal(frame_type_count(frame_of(t.l3)), 0);
    fake_run(d->vcpu[0]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(pin_and_unpin_give_way_anywhere), T(failures_undo_exactly), T(others_come_in_between),
        T(abandoned_calls_cost_nothing), T(refusals_reach_the_right_call),
        T(a_dropped_result_takes_its_table_along), T(a_dropped_result_may_be_taken_again), T(update_va_waits_for_the_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
