/* SPDX-License-Identifier: MIT */
/*
 * Reading option text: words, numbers, sizes. Strict: a value either parses to its last
 * character or is refused, so that a typing error is reported instead of half-understood.
 */
#include "lib/parse.h"
#include "lib/string.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool parse_equal(struct slice s, const char *text)
{
    return s.len == strlen(text) && memcmp(s.text, text, s.len) == 0;
}

bool parse_next(const char **line, struct parse_token *token)
{
    const char *p = *line;

    while (is_blank(*p))
        p++;
    *token = (struct parse_token){ .start = p, .key = { p, 0 }, .value = { p, 0 } };
    if (!*p) {
        *line = p;
        return false;
    }

    while (*p && !is_blank(*p) && *p != '=')
        p++;
    token->key.len = (size_t)(p - token->start);
    token->value.text = p;
    if (*p == '=') {
        token->has_value = true;
        token->value.text = ++p;
        while (*p && !is_blank(*p))
            p++;
        token->value.len = (size_t)(p - token->value.text);
    }
    *line = p;
    return true;
}

static unsigned int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10) : 99;
}

bool parse_number(struct slice s, uint64_t *out)
{
    uint64_t value = 0;
    unsigned int base = 10;

    if (s.len > 2 && s.text[0] == '0' && (s.text[1] | 0x20) == 'x') {
        base = 16;
        s = (struct slice){ s.text + 2, s.len - 2 };
    } else if (s.len > 1 && s.text[0] == '0') {
        base = 8;
    }
    if (!s.len)
        return false;

    for (size_t i = 0; i < s.len; i++) {
        unsigned int digit = digit_of(s.text[i]);

        if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return true;
}

bool parse_size(struct slice s, uint64_t *out)
{
    static const char suffixes[] = "kmgt";
    unsigned int shift = 0;
    uint64_t value;

    for (unsigned int i = 0; i < 4 && s.len && !shift; i++)
        if ((s.text[s.len - 1] | 0x20) == suffixes[i])
            shift = 10 * (i + 1);
    if (shift)
        s.len--;
    if (!parse_number(s, &value) || (value << shift) >> shift != value)
        return false;
    *out = value << shift;
    return true;
}
