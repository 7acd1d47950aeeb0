/* SPDX-License-Identifier: MIT */
/* format() says what the libc's snprintf says, in any buffer size; refusal texts with {n:x}. */
#include "unit.h"
#include "lib/format.h"

/* Both formatters, in every buffer size up to the text's, at the heap's edge. */
#define same(...)                                                              \
    do {                                                                       \
        char want[128];                                                        \
        int len = snprintf(want, sizeof(want), __VA_ARGS__);                   \
        for (size_t size = 0; size <= (size_t)len + 2; size++) {               \
            char *got = malloc(size ? size : 1);                               \
            assert_int_equal(format(got, size, __VA_ARGS__), len);             \
            if (size) {                                                        \
                assert_memory_equal(got, want, min(size - 1, (size_t)len));    \
                assert_int_equal(got[min(size - 1, (size_t)len)], '\0');       \
            }                                                                  \
            free(got);                                                         \
        }                                                                      \
    } while (0)

static void numbers(void **state)
{
    static const int64_t values[] = { 0, 1, -1, 9, 10, 255, INT32_MAX, INT32_MIN, UINT32_MAX,
                                      INT64_MAX, INT64_MIN };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        int64_t v = values[i];

        same("%d|%5d|%05d", (int)v, (int)v, (int)v);
        same("%u %x %08x", (unsigned int)v, (unsigned int)v, (unsigned int)v);
        same("%ld %lu %lx %016lx", v, v, v, v);
        same("%lld %llu %llx", (long long)v, (long long)v, (long long)v);
        same("%zu %zx", (size_t)v, (size_t)v);
    }
}

static void strings(void **state)
{
    (void)state;
    same("%s|%8s|%.2s|%8.2s|%.*s", "word", "word", "word", "word", 3, "word");
    same("%c%c%%|%3c", 'a', 'b', 'c');
    same("plain");
    same("%s", "");
}

static void null_string(void **state)
{
    char buf[32];
    char *volatile null = NULL;

    (void)state;
    format(buf, sizeof(buf), "%s", null);
    assert_string_equal(buf, "(null)");
}

static void unknown_conversion(void **state)
{
    char buf[32];
    const char *volatile odd = "%q %";

    (void)state;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    format(buf, sizeof(buf), odd);
#pragma GCC diagnostic pop
    assert_string_equal(buf, "q ");
}

static void braces(void **state)
{
    static const struct {
        const char *fmt, *want;
    } table[] = {
        { "l1e at mfn {0:x}+{1:x}", "l1e at mfn 0x1a2b+0xffffffffffffffff" },
        { "{1:d} {1:u}", "-1 18446744073709551615" },
        { "{1:x}{0:u}}", "0xffffffffffffffff6699}" },
        { "", "" },
    };
    const uint64_t values[] = { 0x1a2b, UINT64_MAX };
    char buf[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        assert_int_equal(format_braces(buf, sizeof(buf), table[i].fmt, values),
                         strlen(table[i].want));
        assert_string_equal(buf, table[i].want);
    }
    assert_int_equal(format_braces(buf, 5, "{0:u}{0:u}", values), 8);
    assert_string_equal(buf, "6699");
    assert_int_equal(format_braces(NULL, 0, "{0:u}", values), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(strings),
        cmocka_unit_test(null_string),
        cmocka_unit_test(unknown_conversion),
        cmocka_unit_test(braces),
    };

    return cmocka_run_group_tests_name("lib_format", tests, NULL, NULL);
}
