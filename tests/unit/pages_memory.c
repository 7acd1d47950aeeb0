/* SPDX-License-Identifier: MIT */
/* Pages that become something else: descriptor tables, cleared ones, reservations, exchanges. */
#include "pages_check.h"
#include "pv/memory_op.h"

static void descriptor_pages(void **state)
{
    mfn_t m = page(d), bad = page(d);

    (void)state;
    pt_entries(bad)[100] = 1;
    assert_refused(segdesc_get(d, bad), -XEN_EINVAL, "descriptor.einval.bad_descriptor");
    assert_int_equal(segdesc_get(d, m), 0);
    d->vcpu[0]->ldt_frame[3] = m;
    assert_refused(set_entry(t.l1[0], 20, pte(m, RW)), -XEN_EBUSY, "page_table.ebusy.writable_descriptor_frame");
    assert_done(set_entry(t.l1[0], 20, pte(m, RO)));
    assert_refused(segdesc_get(d, t.data[0]), -XEN_EINVAL, "descriptor.einval.frame_writable");
    assert_refused(segdesc_get(d, t.l1[0]), -XEN_EINVAL, "descriptor.einval.frame_writable");
    assert_refused(segdesc_get(d, page(other)), -XEN_EINVAL, "descriptor.einval.frame_not_owned");
    assert_refused(mmuext(MMUEXT_CLEAR_PAGE, m), -XEN_EINVAL, "mmuext_op.einval.clear_page_frame");
    d->vcpu[0]->ldt_frame[3] = 0;
    segdesc_put(d, m);
    assert_done(set_entry(t.l1[0], 20, pte(m, RW)));
}

static void pages_cleared_and_copied(void **state)
{
    mfn_t m = page(d);

    (void)state;
    memset(mfn_ptr(m), 7, PAGE_SIZE);
    assert_done(mmuext2(MMUEXT_COPY_PAGE, t.data[0], m));
    assert_memory_equal(mfn_ptr(t.data[0]), mfn_ptr(m), PAGE_SIZE);
    assert_done(mmuext(MMUEXT_CLEAR_PAGE, m));
    assert_int_equal(pt_entries(m)[77], 0);
    assert_refused(mmuext(MMUEXT_CLEAR_PAGE, t.l1[0]), -XEN_EINVAL, "mmuext_op.einval.clear_page_frame");
    assert_refused(mmuext2(MMUEXT_COPY_PAGE, t.l4, m), -XEN_EINVAL, "mmuext_op.einval.copy_page_destination");
    assert_refused(mmuext2(MMUEXT_COPY_PAGE, m, 3), -XEN_EINVAL, "mmuext_op.einval.copy_page_source");
}

static long memory_op(unsigned int cmd, void *arg)
{
    uint64_t args[6] = {cmd, (uint64_t)arg};

    return fake_hypercall(__HYPERVISOR_memory_op, args, NULL, NULL);
}

static void reservations(void **state)
{
    uint64_t list[20], mapped;
    struct xen_memory_reservation r = {.nr_extents = 20, .domid = DOMID_SELF};
    uint32_t before = d->tot_pages;

    (void)state;
    r.extent_start.p = list;
    for (unsigned int i = 0; i < 20; i++)
        list[i] = 1000 + i * 2;
    r.extent_order = 1;
    fake_preempt_chance = 128;
    assert_int_equal(memory_op(XENMEM_populate_physmap, &r), 20);
    assert_int_equal(d->tot_pages, before + 40);
    for (unsigned int i = 0; i < 20; i++) {
        assert_int_equal(frame_m2p[list[i]], 1000 + i * 2);
        assert_int_equal(frame_m2p[list[i] + 1], 1001 + i * 2);
    }
    check_all();
    /* still mapped: it goes when the mapping does */
    mapped = list[3];
    assert_done(set_entry(t.l1[0], 40, pte(mapped, RW)));
    assert_int_equal(memory_op(XENMEM_decrease_reservation, &r), 20);
    assert_int_equal(d->tot_pages, before + 1);
    check_all();
    assert_done(set_entry(t.l1[0], 40, 0));
    assert_int_equal(d->tot_pages, before);
    fake_preempt_chance = 0;
    list[0] = t.l4;
    r.extent_order = 0;
    fake_forget_refusal();
    assert_int_equal(memory_op(XENMEM_decrease_reservation, &r), 0);
    assert_string_equal(fake_refusal(), "memory_op.short.decrease_in_use");
    list[0] = page(other);
    assert_int_equal(memory_op(XENMEM_decrease_reservation, &r), 0);
    assert_string_equal(fake_refusal(), "memory_op.short.decrease_not_owned");
    d->max_pages = d->tot_pages + 5;
    assert_int_equal(memory_op(XENMEM_increase_reservation, &r), 5);
    assert_string_equal(fake_refusal(), "memory_op.short.reservation_full");
    check_all();
}

static void a_dying_domain_gets_nothing(void **state)
{
    uint32_t before = other->tot_pages;

    (void)state;
    other->state = DOMAIN_DYING; /* just after the caller has looked */
    assert_null(memory_take(other, 1, frame_max_mfn, false, 7));
    assert_int_equal(other->tot_pages, before);
    other->state = DOMAIN_RUNNING;
    assert_non_null(memory_take(other, 1, frame_max_mfn, false, 7));
    assert_int_equal(other->tot_pages, before + 2);
}

static void exchanges(void **state)
{
    uint64_t in[8], out[2] = {500, 600};
    struct xen_memory_exchange x = {
        .in = {.nr_extents = 8, .domid = DOMID_SELF}, .out = {.nr_extents = 2, .extent_order = 2, .domid = DOMID_SELF}};
    uint32_t before;

    (void)state;
    x.in.extent_start.p = in;
    x.out.extent_start.p = out;
    for (unsigned int i = 0; i < 8; i++)
        in[i] = page(d);
    before = d->max_pages = d->tot_pages;
    fake_preempt_chance = 128;
    assert_done(memory_op(XENMEM_exchange, &x));
    fake_preempt_chance = 0;
    assert_int_equal(x.nr_exchanged, 8);
    assert_int_equal(d->tot_pages, before);
    assert_true(is_aligned(out[1], 4));
    assert_int_equal(frame_m2p[out[1] + 3], 603);
    assert_int_equal(memory_op(XENMEM_exchange, &x), 0); /* nothing left to do */
    x.nr_exchanged = 0;
    assert_refused(memory_op(XENMEM_exchange, &x), -XEN_EINVAL, "memory_op.einval.exchange_not_owned");
    in[0] = t.data[0];
    assert_refused(memory_op(XENMEM_exchange, &x), -XEN_EINVAL, "memory_op.einval.exchange_in_use");
    x.out.nr_extents = 3;
    assert_refused(memory_op(XENMEM_exchange, &x), -XEN_EINVAL, "memory_op.einval.exchange_bad_shape");
    for (unsigned int i = 0; i < 8; i++)
        in[i] = out[0] + (i & 3), out[0] += i == 3 ? out[1] - out[0] : 0;
    x.out.nr_extents = 8, x.out.extent_order = 0, in[7] = in[6];
    uint64_t singles[8] = {0};
    x.out.extent_start.p = singles;
    memory_op(XENMEM_exchange, &x); /* one frame named twice: whatever comes of it, the books are right */
    check_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGES_TEST(descriptor_pages), PAGES_TEST(pages_cleared_and_copied), PAGES_TEST(reservations),
        PAGES_TEST(a_dying_domain_gets_nothing), PAGES_TEST(exchanges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
