/* SPDX-License-Identifier: MIT */
/* Grants: status bits and references of pins, handles, the end; and random use with the books checked. */
#include "fake_domain.h"

static struct domain *d0, *d1;

static struct grant_entry_v1 *entry(struct domain *d, grant_ref_t ref)
{
    return &d->grant.shared[0][ref];
}

static void grant_set(struct domain *d, grant_ref_t ref, domid_t to, pfn_t gfn, uint16_t flags)
{
    *entry(d, ref) = (struct grant_entry_v1){.flags = flags, .domid = to, .frame = (uint32_t)gfn};
}

static int setup(void **state)
{
    (void)state;
    fake_domain_reset(1);
    d0 = fake_domain_new(0, 1);
    d1 = fake_domain_new(1, 1);
    assert_true(grant_grow(d0, 1) && grant_grow(d1, 1));
    for (mfn_t mfn = 0; mfn < FAKE_FRAMES / 2; mfn++)
        fake_frames[mfn].owner = mfn % 2 ? d1 : d0;
    fake_on(0);
    fake_current(d0->vcpu[0]);
    return 0;
}

static unsigned int books; /* references that pins hold */

static void count(mfn_t mfn, unsigned int refs, unsigned int types)
{
    assert_int_equal(fake_refs(mfn), refs);
    assert_int_equal(frame_type_count(&fake_frames[mfn]), types);
    books++;
}

static int teardown(void **state)
{
    (void)state;
    while (!grant_release_maps(d0) || !grant_release_maps(d1))
        ;
    assert_true(grant_teardown_step(d0) && grant_teardown_step(d1));
    for (mfn_t mfn = 0; mfn < FAKE_FRAMES; mfn++)
        assert_int_equal(fake_refs(mfn), 0);
    fake_current(NULL);
    fake_domain_free_all();
    return 0;
}

static void test_pin_status_bits(void **state)
{
    struct grant_entry_v1 *e = entry(d1, 8);
    mfn_t mfn;

    (void)state;
    grant_set(d1, 8, 0, 5, GTF_permit_access);
    assert_int_equal(grant_pin(d1, 8, d0, false, &mfn), GNTST_okay);
    assert_int_equal(mfn, 5);
    assert_int_equal(e->flags, GTF_permit_access | GTF_reading);
    assert_int_equal(fake_refs(5), 1);
    assert_int_equal(frame_type_count(&fake_frames[5]), 0);
    assert_int_equal(grant_pin(d1, 8, d0, true, &mfn), GNTST_okay);
    assert_int_equal(e->flags, GTF_permit_access | GTF_reading | GTF_writing);
    assert_int_equal(frame_type_count(&fake_frames[5]), 1);
    assert_int_equal(grant_pin(d1, 8, d0, true, &mfn), GNTST_okay);
    assert_int_equal(fake_refs(5), 1);

    grant_unpin(d1, 8, true);
    assert_int_equal(e->flags, GTF_permit_access | GTF_reading | GTF_writing);
    grant_unpin(d1, 8, true);
    assert_int_equal(e->flags, GTF_permit_access | GTF_reading);
    grant_unpin(d1, 8, false);
    assert_int_equal(e->flags, GTF_permit_access);
}

/* While in use, the frame is the one of the first pin, and the user the first one. */
static void test_entry_changes_under_a_pin(void **state)
{
    mfn_t mfn;

    (void)state;
    grant_set(d1, 8, 0, 5, GTF_permit_access);
    assert_int_equal(grant_pin(d1, 8, d0, false, &mfn), GNTST_okay);
    grant_set(d1, 8, 1, 7, GTF_permit_access);
    assert_int_equal(grant_pin(d1, 8, d0, false, &mfn), GNTST_okay);
    assert_int_equal(mfn, 5);
    assert_int_equal(grant_pin(d1, 8, d1, false, &mfn), GNTST_general_error);
    assert_int_equal(grant_pin(d1, 8, d0, true, &mfn), GNTST_general_error); /* not granted to it any more */
    grant_unpin(d1, 8, false);
    grant_unpin(d1, 8, false);
    assert_int_equal(fake_refs(7), 0);
}

static void test_refusals(void **state)
{
    mfn_t mfn;

    (void)state;
    assert_int_equal(grant_pin(d1, 512, d0, false, &mfn), GNTST_bad_gntref);
    assert_int_equal(grant_pin(d1, 9, d0, false, &mfn), GNTST_general_error);
    grant_set(d1, 9, 0, 5, GTF_permit_access | GTF_readonly);
    assert_int_equal(grant_pin(d1, 9, d0, true, &mfn), GNTST_general_error);
    assert_string_equal(fake_refusal(), "grant_table_op.gnttab.read_only");
    grant_set(d1, 9, 0, 4, GTF_permit_access); /* not d1's frame */
    assert_int_equal(grant_pin(d1, 9, d0, true, &mfn), GNTST_bad_page);
    assert_int_equal(entry(d1, 9)->flags, GTF_permit_access); /* no bits left behind */
    grant_set(d1, 9, 0, 1u << 30, GTF_permit_access);
    assert_int_equal(grant_pin(d1, 9, d0, false, &mfn), GNTST_bad_page);
    fake_frames[5].type = (uint64_t)FRAME_L1 << FRAME_TYPE_SHIFT | 1; /* a page table: readable, not writable */
    grant_set(d1, 9, 0, 5, GTF_permit_access);
    assert_int_equal(grant_pin(d1, 9, d0, true, &mfn), GNTST_general_error);
    assert_int_equal(grant_pin(d1, 9, d0, false, &mfn), GNTST_okay);
    grant_unpin(d1, 9, false);
    fake_frames[5].type = 0;
    grant_set(d1, 9, 0, 5, GTF_accept_transfer);
    assert_int_equal(grant_pin(d1, 9, d0, false, &mfn), GNTST_general_error);
}

static void test_grow(void **state)
{
    (void)state;
    assert_false(grant_grow(d0, GRANT_MAX_FRAMES + 1));
    assert_true(grant_grow(d0, 3));
    assert_true(grant_grow(d0, 2));
    assert_int_equal(d0->grant.frames, 3);
    assert_int_equal(d0->grant.frames, 3);
    assert_true(frame_valid(ptr_mfn(d0->grant.shared[2])));
}

static void test_does_not_grow_while_it_dies(void **state)
{
    (void)state;
    d1->state = DOMAIN_DYING;
    assert_false(grant_grow(d1, 2));
    assert_int_equal(d1->grant.frames, 1);
}

static void test_handles(void **state)
{
    struct gnttab_map_grant_ref op = {.flags = GNTMAP_host_map | GNTMAP_readonly | 1u << 16, .ref = 8};
    const struct grant_map *m;

    (void)state;
    assert_null(grant_map_find(&d0->grant, 0));
    grant_set(d1, 8, 0, 5, GTF_permit_access);
    assert_int_equal(grant_map_new(d0, d1, &op), GNTST_okay);
    assert_int_equal(op.handle, 0);
    assert_int_equal(op.dev_bus_addr, 5 << PAGE_SHIFT);
    assert_int_equal(fake_refs(5), 1);
    m = grant_map_find(&d0->grant, 0);
    assert_true(m && m->ref == 8 && m->mfn == 5 && m->dom == 1 && m->flags == (GNTMAP_host_map | GNTMAP_readonly));
    assert_null(grant_map_find(&d0->grant, 1));
    assert_null(grant_map_find(&d0->grant, GRANT_MAPS_PER_PAGE));
    assert_null(grant_map_find(&d0->grant, ~0u));
    assert_null(grant_map_find(&d1->grant, 0)); /* it is nobody else's */
    grant_map_end(d0, 0);
    assert_int_equal(fake_refs(5), 0);
    assert_null(grant_map_find(&d0->grant, 0));
    op.ref = 9;
    assert_int_equal(grant_map_new(d0, d1, &op), GNTST_general_error); /* not granted: no handle is used up */
    assert_int_equal(d0->grant.maps_in_use, 0);
    op.ref = 8;
    assert_int_equal(grant_map_new(d0, d1, &op), GNTST_okay); /* the same again; teardown unpins it */
    assert_int_equal(op.handle, 0);
    assert_false(grant_teardown_step(d1)); /* its grant is in use */
}

/* Random pins of random entries that the guest changes all the time: the books always balance. */
static void test_random(void **state)
{
    struct { grant_ref_t ref; bool writable; } held[64];
    unsigned int n = 0;
    uint64_t seed = 7;
    mfn_t mfn;

    (void)state;
    d0->explain = false;
    for (int i = 0; i < 100000; i++) {
        grant_ref_t ref = (grant_ref_t)unit_below(&seed, 8);

        switch (unit_below(&seed, 4)) {
        case 0: /* its frames are its own: one per entry, so that the counts can be compared */
            grant_set(d1, ref, (domid_t)unit_below(&seed, 2), ref * 2 + unit_below(&seed, 2),
                      (uint16_t)unit_below(&seed, 8));
            break;
        case 1:
        case 2:
            if (n < 64) {
                bool writable = unit_below(&seed, 2);

                if (grant_pin(d1, ref, d0, writable, &mfn) == GNTST_okay)
                    held[n++] = (typeof(held[0])){ref, writable};
            }
            break;
        case 3:
            if (n) {
                unsigned int k = (unsigned int)unit_below(&seed, n);

                grant_unpin(d1, held[k].ref, held[k].writable);
                held[k] = held[--n];
            }
            break;
        }
        if (i % 64 == 0) {
            grant_recount(d1, count);
            assert_int_equal(d1->grant.pins, n);
        }
    }
    assert_true(books > 0);
    while (n--)
        grant_unpin(d1, held[n].ref, held[n].writable);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_pin_status_bits), T(test_entry_changes_under_a_pin), T(test_refusals), T(test_grow),
        T(test_does_not_grow_while_it_dies), T(test_handles),
        T(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
