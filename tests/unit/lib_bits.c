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
        unsigned int low = 64, high = 0;

        if (!w)
            continue;
        for (unsigned int b = 0; b < 64; b++) {
            if (w >> b & 1) {
                low = min(low, b);
                high = b;
            }
        }
        assert_int_equal(bit_lowest(w), low);
        assert_int_equal(bit_highest(w), high);
    }
}

static void bitmaps(void **state)
{
    uint64_t map[(BITS + 63) / 64] = { 0 }, seed = 5;
    bool model[BITS] = { false };

    (void)state;
    for (int i = 0; i < 50000; i++) {
        unsigned long nr = unit_below(&seed, BITS);

        switch (unit_below(&seed, 3)) {
        case 0: bit_atomic_clear(map, nr); model[nr] = false; break;
        case 1: assert_int_equal(bit_atomic_set(map, nr), model[nr]); model[nr] = true; break;
        case 2: assert_int_equal(bit_atomic_clear(map, nr), model[nr]); model[nr] = false; break;
        }
        assert_int_equal(bit_test(map, nr), model[nr]);
        for (unsigned long n = 0; n < BITS; n++)
            assert_int_equal(bit_test(map, n), model[n]);
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
