/* SPDX-License-Identifier: MIT */
/* Our string functions against the libc's: the hypervisor's sources under other names. */
#include "unit.h"

#define LIB_STRING_TEST
#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define strlen our_strlen
#define strnlen our_strnlen
#define strlcpy our_strlcpy
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strnlen
#undef strlcpy

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

static void moves(void **state)
{
    uint64_t seed = 1;
    uint8_t a[300], b[300];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t from = unit_below(&seed, 150), to = unit_below(&seed, 150);
        size_t n = unit_below(&seed, 151);

        for (size_t k = 0; k < sizeof(a); k++)
            a[k] = b[k] = (uint8_t)unit_random(&seed);
        assert_ptr_equal(our_memmove(a + to, a + from, n), a + to);
        memmove(b + to, b + from, n);
        assert_memory_equal(a, b, sizeof(a));

        our_memset(a + to, (int)i, n);
        memset(b + to, (int)i, n);
        assert_memory_equal(a, b, sizeof(a));

        our_memcpy(a + 150, a, n);
        memcpy(b + 150, b, n);
        assert_memory_equal(a, b, sizeof(a));
    }
}

static void comparisons(void **state)
{
    static const char *const words[] = { "", "a", "ab", "abc", "abd", "b", "\xff", "a\xff", "ab c" };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        assert_int_equal(our_strlen(words[i]), strlen(words[i]));
        assert_int_equal(our_strnlen(words[i], 2), strnlen(words[i], 2));
        for (size_t j = 0; j < ARRAY_SIZE(words); j++) {
            const char *a = words[i], *b = words[j];
            size_t n = min(strlen(a), strlen(b)) + 1;

            assert_int_equal(sign(our_memcmp(a, b, n)), sign(memcmp(a, b, n)));
        }
    }
}

static void bounded_copy(void **state)
{
    char buf[4] = "zzz";

    (void)state;
    assert_int_equal(our_strlcpy(buf, "abcdef", sizeof(buf)), 6);
    assert_string_equal(buf, "abc");
    assert_int_equal(our_strlcpy(buf, "x", sizeof(buf)), 1);
    assert_string_equal(buf, "x");
    assert_int_equal(our_strlcpy(buf, "abc", 0), 3);
    assert_string_equal(buf, "x");
    assert_int_equal(our_strlcpy(buf, "abc", 1), 3);
    assert_string_equal(buf, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(bounded_copy),
    };

    return cmocka_run_group_tests_name("lib_string", tests, NULL, NULL);
}
