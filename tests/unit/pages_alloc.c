/* SPDX-License-Identifier: MIT */
/* The allocator and the counts of single frames. */
#include "unit.h"
#include "tables.h"
#include "machine/tlb.h"
#include "memory/frame.h"

static bool is_zero(const void *p, size_t n)
{
    const uint8_t *b = p;

    while (n--)
        if (*b++)
            return false;
    return true;
}

static void blocks_merge_again(void **state)
{
    void *p[64];
    uint64_t before;

    (void)state;
    fake_reset();
    before = alloc_free_frames;
    for (unsigned int i = 0; i < 64; i++)
        assert_non_null(p[i] = alloc_bytes(PAGE_SIZE << (i % 3)));
    for (unsigned int i = 0; i < 64; i++) {
        assert_true(is_zero(p[i], PAGE_SIZE << i % 3));
        memset(p[i], 0x5a, PAGE_SIZE << i % 3);
        assert_true(is_aligned(ptr_mfn(p[i]), 1ul << i % 3));
    }
    for (unsigned int i = 0; i < 64; i++)
        alloc_free_bytes(p[(i * 37) % 64], PAGE_SIZE << ((i * 37) % 64 % 3));
    assert_int_equal(alloc_free_frames, before);
    assert_non_null(p[0] = alloc_bytes(PAGE_SIZE << 9)); /* half of all there is, in one piece */
    assert_true(is_zero(p[0], PAGE_SIZE << 9));
    alloc_free_bytes(p[0], PAGE_SIZE << 9);
    assert_int_equal(alloc_free_frames, before);
}

static void odd_sizes_keep_their_tail(void **state)
{
    uint64_t before = alloc_free_frames;
    void *p = alloc_bytes(5 * PAGE_SIZE + 1);

    (void)state;
    assert_non_null(p);
    assert_int_equal(alloc_free_frames, before - 6);
    alloc_free_bytes(p, 5 * PAGE_SIZE + 1);
    assert_int_equal(alloc_free_frames, before);
    assert_null(alloc_bytes(PAGE_SIZE << (ALLOC_MAX_ORDER + 1)));
    assert_null(alloc_bytes(PAGE_SIZE << 11));
}

static void below_a_limit(void **state)
{
    struct domain *d;
    struct frame *f;

    (void)state;
    fake_reset();
    d = fake_domain(1, 1, 512);
    f = alloc_domain_pages(d, 2, 100, false, M2P_INVALID);
    assert_non_null(f);
    assert_true(frame_mfn(f) + 4 <= 100);
    assert_null(alloc_domain_pages(d, 0, 16, false, M2P_INVALID));
    assert_int_equal(d->tot_pages, 4);
    domain_end(d);
}

static void limits_hold(void **state)
{
    struct domain *d;

    (void)state;
    fake_reset();
    d = fake_domain(1, 1, 10);
    assert_non_null(alloc_domain_pages(d, 3, frame_max_mfn, false, M2P_INVALID));
    assert_null(alloc_domain_pages(d, 2, frame_max_mfn, false, M2P_INVALID));
    assert_non_null(alloc_domain_pages(d, 1, frame_max_mfn, false, M2P_INVALID));
    assert_null(alloc_domain_pages(d, 0, frame_max_mfn, false, M2P_INVALID));
    assert_int_equal(d->tot_pages, 10);
    assert_null(alloc_domain_pages(d, 40, frame_max_mfn, false, M2P_INVALID));
    domain_end(d);
}

/* A page is clean for its next owner whatever the last one left there, and only after stale pcpus have flushed. */
static void memory_comes_back_clean(void **state)
{
    struct domain *a, *b;
    unsigned long flushes;
    mfn_t last = 0;

    (void)state;
    fake_reset();
    a = fake_domain(1, 1, 2000);
    while (alloc_domain_pages(a, 0, frame_max_mfn, false, M2P_INVALID))
        memset(mfn_ptr(a->page_list), 0xee, PAGE_SIZE), last = a->page_list;
    assert_true(frame_get(frame_of(last), a));
    assert_true(frame_release(frame_of(last)));
    assert_int_equal(frame_of(last)->refs & FRAME_COUNT_MASK, 1); /* ours still */
    frame_put(frame_of(last));
    assert_int_equal(frame_m2p[last], M2P_INVALID);

    b = fake_domain(2, 1, 10);
    flushes = fake_flushes;
    assert_int_equal(page(b), last);
    assert_true(fake_flushes > flushes);
    assert_true(is_zero(mfn_ptr(last), PAGE_SIZE));
    assert_false(frame_get(frame_of(last), a));
    domain_end(a);
    domain_end(b);
}

static unsigned int pages_with(struct domain *d, uint8_t byte)
{
    unsigned int n = 0;

    for (mfn_t m = d->page_list; m; m = frame_of(m)->next)
        n += *(uint8_t *)mfn_ptr(m) == byte && *((uint8_t *)mfn_ptr(m) + PAGE_SIZE - 1) == byte;
    return n;
}

/* All it can get, each page written to its end. */
static void grab(struct domain *d, unsigned int order, uint8_t byte)
{
    while (alloc_domain_pages(d, order, frame_max_mfn, false, M2P_INVALID))
        ;
    if (byte)
        for (mfn_t m = d->page_list; m; m = frame_of(m)->next)
            memset(mfn_ptr(m), byte, PAGE_SIZE);
}

static void give_back(struct domain *d, unsigned int every)
{
    unsigned int n = 0;

    for (mfn_t m = d->page_list, next; m; m = next) {
        next = frame_of(m)->next;
        if (n++ % every == 0)
            assert_true(frame_release(frame_of(m)));
    }
}

static void all_zero(struct domain *d)
{
    for (mfn_t m = d->page_list; m; m = frame_of(m)->next)
        assert_true(is_zero(mfn_ptr(m), PAGE_SIZE));
}

/*
 * What a live domain gives back and gets again need not be scrubbed. Nobody else ever finds what it left: not another
 * domain, in whatever blocks it takes its memory, not one that has its number later, and not we.
 */
static void only_their_owner_finds_old_bytes(void **state)
{
    struct domain *a, *b;
    void *p;

    (void)state;
    fake_reset();
    a = fake_domain(1, 1, 2000);
    b = fake_domain(2, 1, 2000);
    grab(a, 0, 0xaa);
    give_back(a, 1);
    grab(a, 0, 0);
    assert_int_equal(pages_with(a, 0xaa), a->tot_pages);
    give_back(a, 3);
    grab(b, 0, 0xbb);
    give_back(a, 1);
    give_back(b, 2);
    grab(b, 0, 0); /* its own and a's, mixed */
    assert_int_equal(pages_with(b, 0xaa), 0);
    assert_true(pages_with(b, 0xbb) > 0);
    give_back(b, 1);
    for (unsigned int order = 0; order < 5; order++) { /* both kinds in one block */
        grab(a, order, 0xaa);
        give_back(a, 2);
        grab(b, 0, 0xbb);
        give_back(a, 1);
        give_back(b, 1);
        grab(b, order, 0);
        assert_int_equal(pages_with(b, 0xaa), 0);
        give_back(b, 1);
    }
    grab(a, 0, 0xaa);
    domain_end(a);
    a = fake_domain(1, 1, 2000); /* the same number, and perhaps the same struct */
    grab(a, 0, 0);
    all_zero(a);
    grab(a, 0, 0xaa);
    give_back(a, 1);
    assert_non_null(p = alloc_bytes(PAGE_SIZE << 4));
    assert_true(is_zero(p, PAGE_SIZE << 4));
    alloc_free_bytes(p, PAGE_SIZE << 4);
    assert_non_null(p = alloc_shared_page(a));
    assert_true(is_zero(p, PAGE_SIZE));
    alloc_free_shared_page(p);
    /* What was ours in between is nobody's own. */
    assert_non_null(p = alloc_bytes(PAGE_SIZE << 4));
    memset(p, 0x55, PAGE_SIZE << 4);
    alloc_free_bytes(p, PAGE_SIZE << 4);
    grab(a, 0, 0);
    assert_int_equal(pages_with(a, 0x55), 0);
    domain_end(a);
    domain_end(b);
}

static void types_exclude_each_other(void **state)
{
    struct domain *d;
    struct frame *f;

    (void)state;
    fake_reset();
    d = fake_domain(1, 1, 10);
    f = frame_of(page(d));
    assert_true(frame_get_writable(f));
    assert_true(frame_get_writable(f));
    assert_false(frame_get_type(f, FRAME_L1));
    frame_put_writable(f);
    assert_false(frame_get_type(f, FRAME_SEGDESC));
    frame_put_writable(f);
    assert_true(frame_get_type(f, FRAME_SEGDESC));
    assert_false(frame_get_writable(f));
    frame_put_type(f);
    domain_end(d);
}

/* A change of type flushes pcpus that have not flushed since; the same type again, or a later flush, costs nothing. */
static void type_changes_flush(void **state)
{
    struct domain *d;
    unsigned long flushes;
    struct frame *f;

    (void)state;
    fake_reset();
    d = fake_domain(1, 1, 10);
    f = frame_of(page(d));
    assert_true(frame_get_writable(f));
    frame_put_writable(f);
    flushes = fake_flushes;
    assert_true(frame_get_writable(f));
    frame_put_writable(f);
    assert_int_equal(fake_flushes, flushes);
    assert_true(frame_get_type(f, FRAME_L1));
    assert_int_equal(fake_flushes, flushes + FAKE_PCPUS);
    frame_put_type(f);
    tlb_flush_mask(3);
    flushes = fake_flushes;
    assert_true(frame_get_writable(f));
    assert_int_equal(fake_flushes, flushes);
    frame_put_writable(f);
    domain_end(d);
}

/* The stamp wraps at 2^22: a pcpu that has not flushed for longer is stale for any stamp. */
static void stamps_wrap_safely(void **state)
{
    uint64_t clock = tlb_clock, stamp;

    (void)state;
    fake_reset();
    tlb_clock = 0x7fffff;
    tlb_flush_mask(3);
    stamp = frame_stamp_now();
    assert_int_equal(frame_stale(stamp), 3);
    tlb_flush_mask(1);
    assert_int_equal(frame_stale(stamp), 2);
    tlb_clock += 0x3ffffe; /* others' flushes */
    assert_int_equal(frame_stale(stamp) & 2, 2);
    tlb_clock += 100;
    assert_int_equal(frame_stale(stamp) & 2, 2);
    tlb_clock += 1ul << 31; /* and no number of them makes it count as one that has */
    assert_int_equal(frame_stale(stamp) & 2, 2);
    assert_int_equal(frame_stale(frame_stamp_now()) & 2, 2);
    tlb_flush_mask(3);
    assert_int_equal(frame_stale(frame_stamp_now()), 3);
    assert_true(tlb_clock > clock);
}

static void shared_pages_outlive_us(void **state)
{
    struct domain *d;
    uint64_t before;
    void *p;

    (void)state;
    fake_reset();
    d = fake_domain(1, 1, 10);
    before = alloc_free_frames;
    p = alloc_shared_page(d);
    assert_non_null(p);
    assert_int_equal(d->tot_pages, 0);
    assert_true(frame_get(frame_of(ptr_mfn(p)), d));
    assert_false(frame_get_type(frame_of(ptr_mfn(p)), FRAME_L1));
    assert_false(frame_release(frame_of(ptr_mfn(p))));
    alloc_free_shared_page(p);
    assert_int_equal(alloc_free_frames, before - 1);
    frame_put(frame_of(ptr_mfn(p)));
    assert_int_equal(alloc_free_frames, before);
    domain_end(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_merge_again),     cmocka_unit_test(odd_sizes_keep_their_tail),
        cmocka_unit_test(below_a_limit),          cmocka_unit_test(limits_hold),
        cmocka_unit_test(memory_comes_back_clean), cmocka_unit_test(types_exclude_each_other),
        cmocka_unit_test(only_their_owner_finds_old_bytes),
        cmocka_unit_test(type_changes_flush),     cmocka_unit_test(stamps_wrap_safely),
        cmocka_unit_test(shared_pages_outlive_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
