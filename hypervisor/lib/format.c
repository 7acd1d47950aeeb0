/* SPDX-License-Identifier: MIT */
/*
 * Formatting into a bounded buffer. Every byte goes through put(), which counts past the end but
 * never writes there, so no caller can overrun and each learns the length it would have needed.
 */
#include "lib/format.h"
#include "lib/string.h"

struct out {
    char *buf;
    size_t size, len;
};

struct spec {
    size_t width;
    bool zero; /* fill up with zeros, not blanks */
};

static void put(struct out *o, char c)
{
    if (o->len < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static size_t finish(struct out *o)
{
    if (o->size)
        o->buf[min(o->len, o->size - 1)] = '\0';
    return o->len;
}

/* prefix stays in front of zeros and behind blanks. */
static void put_padded(struct out *o, const struct spec *s, const char *prefix, const char *text, size_t len)
{
    size_t used = len + strlen(prefix);

    for (; used < s->width && !s->zero; used++)
        put(o, ' ');
    while (*prefix)
        put(o, *prefix++);
    for (; used < s->width; used++)
        put(o, '0');
    while (len--)
        put(o, *text++);
}

/* As d, u or x; hex stands in front of hexadecimal digits. */
static void put_number(struct out *o, const struct spec *s, char letter, const char *hex, uint64_t value)
{
    bool negative = letter == 'd' && (int64_t)value < 0;
    unsigned int base = letter == 'x' ? 16 : 10;
    char text[20];
    size_t at = sizeof(text);

    if (negative)
        value = -value;
    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_padded(o, s, negative ? "-" : base == 16 ? hex : "", text + at, sizeof(text) - at);
}

static size_t take_digits(const char **fmt)
{
    size_t n = 0;

    while (**fmt >= '0' && **fmt <= '9')
        n = n * 10 + (size_t)(*(*fmt)++ - '0');
    return n;
}

/* One conversion; fmt points after the % and is returned after the conversion letter. */
static const char *convert(struct out *o, const char *fmt, va_list *args)
{
    struct spec s = {.zero = *fmt == '0'};
    size_t precision = SIZE_MAX;
    const char *text;
    bool is_long = false;
    char c;

    s.width = take_digits(&fmt);
    if (fmt[0] == '.' && fmt[1] == '*') {
        fmt += 2;
        precision = (size_t)max(va_arg(*args, int), 0);
    } else if (fmt[0] == '.') {
        fmt++;
        precision = take_digits(&fmt);
    }
    for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
        is_long |= *fmt != 'h';

    switch (*fmt) {
    case '\0':
        return fmt;
    case 'c':
        c = (char)va_arg(*args, int);
        put_padded(o, &s, "", &c, 1);
        break;
    case 's':
        text = va_arg(*args, const char *);
        text = text ? text : "(null)";
        put_padded(o, &s, "", text, strnlen(text, precision));
        break;
    case 'd':
        put_number(o, &s, 'd', "", is_long ? va_arg(*args, uint64_t) : (uint64_t)va_arg(*args, int));
        break;
    case 'u':
    case 'x':
        put_number(o, &s, *fmt, "", is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int));
        break;
    default:
        put(o, *fmt);
    }
    return fmt + 1;
}

size_t format_va(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = {buf, size, 0};
    va_list args; /* a parameter of this type could not be passed on by reference */

    va_copy(args, ap);
    while (*fmt) {
        if (*fmt == '%')
            fmt = convert(&o, fmt + 1, &args);
        else
            put(&o, *fmt++);
    }
    va_end(args);
    return finish(&o);
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    size_t len = format_va(buf, size, fmt, ap);
    va_end(ap);
    return len;
}

size_t format_braces(char *buf, size_t size, const char *fmt, const uint64_t *values)
{
    static const struct spec s;
    struct out o = {buf, size, 0};

    for (; *fmt; fmt++) {
        if (*fmt == '{') {
            put_number(&o, &s, fmt[3], "0x", values[fmt[1] - '0']);
            fmt += 4;
        } else {
            put(&o, *fmt);
        }
    }
    return finish(&o);
}
