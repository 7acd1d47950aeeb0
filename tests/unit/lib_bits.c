/* SPDX-License-Identifier: MIT */
/* Bitmaps against an array of bools; word functions against their definitions. */
#include "unit.h"
#include "lib/bits.h"

#define BITS 200

static void words(void **state)
{
    uint64_t seed = 3;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        uint64_t w = unit_random(&seed) >> unit_below(&seed, 64);
        unsigned int count = 0, low = 64, high = 0;

        if (!w)
            continue;
        for (unsigned int b = 0; b < 64; b++) {
            if (w >> b & 1) {
                count++;
                low = min(low, b);
                high = b;
            }
        }
        assert_int_equal(bit_count(w), count);
        assert_int_equal(bit_lowest(w), low);
        assert_int_equal(bit_highest(w), high);
    }
    assert_int_equal(bit_count(0), 0);
    assert_int_equal(bit_count(UINT64_MAX), 64);
}

static void bitmaps(void **state)
{
    uint64_t map[BITMAP_WORDS(BITS)] = { 0 }, seed = 5;
    bool model[BITS] = { false };

    (void)state;
    for (int i = 0; i < 50000; i++) {
        unsigned long nr = unit_below(&seed, BITS), n, want;

        switch (unit_below(&seed, 8)) {
        case 0: bit_set(map, nr); model[nr] = true; break;
        case 1: bit_clear(map, nr); model[nr] = false; break;
        case 2: bit_atomic_set(map, nr); model[nr] = true; break;
        case 3: bit_atomic_clear(map, nr); model[nr] = false; break;
        case 4: assert_int_equal(bit_test_and_set(map, nr), model[nr]); model[nr] = true; break;
        case 5: assert_int_equal(bit_test_and_clear(map, nr), model[nr]); model[nr] = false; break;
        case 6: assert_int_equal(bit_atomic_test_and_set(map, nr), model[nr]); model[nr] = true; break;
        case 7: assert_int_equal(bit_atomic_test_and_clear(map, nr), model[nr]); model[nr] = false; break;
        }
        assert_int_equal(bit_test(map, nr), model[nr]);

        for (want = nr; want < BITS && !model[want]; want++)
            ;
        assert_int_equal(bit_next_set(map, BITS, nr), want);
        for (want = nr; want < BITS && model[want]; want++)
            ;
        assert_int_equal(bit_next_clear(map, BITS, nr), want);

        unsigned long seen = 0, set = 0;

        bit_for_each(n, map, BITS)
            seen++;
        for (n = 0; n < BITS; n++)
            set += model[n];
        assert_int_equal(seen, set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(bitmaps),
    };

    return cmocka_run_group_tests_name("lib_bits", tests, NULL, NULL);
}
