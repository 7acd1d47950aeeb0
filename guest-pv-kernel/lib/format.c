/* SPDX-License-Identifier: MIT
 * One printf for the kernel's log and for user programs: the output goes through a callback, so the
 * same code fills a buffer, a console or a pipe. */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

struct directive {
    unsigned width;
    bool left, zero, wide;
};

static void put_padded(format_put put, void *to, const char *text, size_t n,
                       const struct directive *d)
{
    size_t pad = d->width > n ? d->width - n : 0;

    for (size_t i = 0; !d->left && i < pad; i++)
        put(to, " ", 1);
    put(to, text, n);
    for (size_t i = 0; d->left && i < pad; i++)
        put(to, " ", 1);
}

static void put_number(format_put put, void *to, uint64_t value, bool negative, unsigned base,
                       const struct directive *d)
{
    char text[72];
    char *p = text + sizeof(text);
    char *end = p;

    do {
        *--p = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    if (d->zero && !d->left)
        while ((unsigned)(end - p) + negative < d->width && p > text + 1)
            *--p = '0';
    if (negative)
        *--p = '-';
    put_padded(put, to, p, (size_t)(end - p), d);
}

static void put_integer(format_put put, void *to, char kind, const struct directive *d,
                        va_list *args)
{
    uint64_t value;

    if (kind == 'd' || kind == 'i') {
        int64_t v = d->wide ? va_arg(*args, int64_t) : va_arg(*args, int);

        put_number(put, to, v < 0 ? -(uint64_t)v : (uint64_t)v, v < 0, 10, d);
        return;
    }
    value = d->wide ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
    put_number(put, to, value, false, kind == 'u' ? 10 : 16, d);
}

static void put_one(format_put put, void *to, char kind, struct directive *d, va_list *args)
{
    const char *s;
    char c;

    switch (kind) {
    case 's':
        s = va_arg(*args, const char *);
        s = s ? s : "(null)";
        put_padded(put, to, s, strlen(s), d);
        break;
    case 'c':
        c = (char)va_arg(*args, int);
        put_padded(put, to, &c, 1, d);
        break;
    case 'p':
        d->wide = d->zero = true;
        d->width = 16;
        kind = 'x'; /* fallthrough */
    case 'd':
    case 'i':
    case 'u':
    case 'x':
    case 'X':
        put_integer(put, to, kind, d, args);
        break;
    default:
        put(to, &kind, 1);
    }
}

void format_to(format_put put, void *to, const char *fmt, va_list caller_args)
{
    va_list args;

    va_copy(args, caller_args);
    while (*fmt) {
        const char *start = fmt;
        struct directive d = {0};

        while (*fmt && *fmt != '%')
            fmt++;
        if (fmt > start)
            put(to, start, (size_t)(fmt - start));
        if (!*fmt)
            break;
        for (fmt++; *fmt == '-' || *fmt == '0'; fmt++)
            *(*fmt == '-' ? &d.left : &d.zero) = true;
        if (*fmt == '*') {
            d.width = (unsigned)va_arg(args, int);
            fmt++;
        }
        for (; *fmt >= '0' && *fmt <= '9'; fmt++)
            d.width = d.width * 10 + (unsigned)(*fmt - '0');
        for (; *fmt == 'l' || *fmt == 'z'; fmt++)
            d.wide = true;
        if (!*fmt)
            break;
        put_one(put, to, *fmt++, &d, &args);
    }
    va_end(args);
}

struct buffer {
    char *to;
    size_t size, used;
};

static void buffer_put(void *to, const char *text, size_t n)
{
    struct buffer *b = to;

    for (size_t i = 0; i < n; i++, b->used++)
        if (b->used + 1 < b->size)
            b->to[b->used] = text[i];
}

int format_buffer_va(char *to, size_t size, const char *fmt, va_list args)
{
    struct buffer b = {to, size, 0};

    format_to(buffer_put, &b, fmt, args);
    if (size)
        to[b.used < size ? b.used : size - 1] = 0;
    return (int)b.used;
}

int format_buffer(char *to, size_t size, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = format_buffer_va(to, size, fmt, args);
    va_end(args);
    return n;
}
