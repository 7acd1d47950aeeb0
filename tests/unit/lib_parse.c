/* SPDX-License-Identifier: MIT */
/* Words, numbers and sizes of command lines, by table. */
#include "unit.h"
#include "lib/parse.h"
#include "lib/string.h"

#define NONE "none"

static struct slice parse_slice(const char *text)
{
    return (struct slice){ text, strlen(text) };
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        bool number_ok, size_ok;
        uint64_t number, size;
    } table[] = {
        { "0", true, true, 0, 0 },
        { "42", true, true, 42, 42 },
        { "0x1F", true, true, 31, 31 },
        { "010", true, true, 8, 8 },
        { "64M", false, true, 0, 64ull << 20 },
        { "0x10k", false, true, 0, 16384 },
        { "3g", false, true, 0, 3ull << 30 },
        { "1T", false, true, 0, 1ull << 40 },
        { "18446744073709551615", true, true, UINT64_MAX, UINT64_MAX },
        { "18446744073709551616", false, false, 0, 0 },
        { "0x10000000000000000", false, false, 0, 0 },
        { "16777216T", false, false, 0, 0 },
        { "", false, false, 0, 0 },
        { "M", false, false, 0, 0 },
        { "0x", false, false, 0, 0 },
        { "08", false, false, 0, 0 },
        { "-1", false, false, 0, 0 },
        { "1 ", false, false, 0, 0 },
        { "12q", false, false, 0, 0 },
        { "64MM", false, false, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        uint64_t v = 0;

        assert_int_equal(parse_number(parse_slice(table[i].text), &v), table[i].number_ok);
        assert_int_equal(v, table[i].number);
        v = 0;
        assert_int_equal(parse_size(parse_slice(table[i].text), &v), table[i].size_ok);
        assert_int_equal(v, table[i].size);
    }
}

static void words(void **state)
{
    static const struct {
        const char *key, *value;
    } want[] = {
        { "a", NONE }, { "key", "value" }, { "q", "\"two" }, { "words\"", NONE }, { "e", "" },
        { "u", "a=b" }, { "", "x" },
    };
    const char *line = "  a key=value\tq=\"two words\" e= u=a=b =x";
    struct parse_token t;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        assert_true(parse_next(&line, &t));
        assert_true(parse_equal(t.key, want[i].key));
        assert_int_equal(t.has_value, strcmp(want[i].value, NONE) != 0);
        if (t.has_value)
            assert_true(parse_equal(t.value, want[i].value));
    }
    assert_false(parse_next(&line, &t));
    assert_false(parse_next(&line, &t));
    assert_string_equal(t.start, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(words),
    };

    return cmocka_run_group_tests_name("lib_parse", tests, NULL, NULL);
}
