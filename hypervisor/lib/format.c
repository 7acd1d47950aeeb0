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
    bool zero, left, alt;
    unsigned int base;
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
static void put_padded(struct out *o, const struct spec *s, const char *prefix, const char *text,
                       size_t len)
{
    size_t used = len + strlen(prefix), pad = s->width > used ? s->width - used : 0;

    for (; pad && !s->left && !s->zero; pad--)
        put(o, ' ');
    while (*prefix)
        put(o, *prefix++);
    for (; pad && !s->left; pad--)
        put(o, '0');
    while (len--)
        put(o, *text++);
    while (pad--)
        put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, const char *prefix, uint64_t value)
{
    char text[20];
    size_t at = sizeof(text);

    do {
        text[--at] = "0123456789abcdef"[value % s->base];
        value /= s->base;
    } while (value);
    put_padded(o, s, prefix, text + at, sizeof(text) - at);
}

static void put_unsigned(struct out *o, const struct spec *s, uint64_t value)
{
    put_number(o, s, s->alt && s->base == 16 ? "0x" : "", value);
}

static void put_signed(struct out *o, const struct spec *s, int64_t value)
{
    put_number(o, s, value < 0 ? "-" : "", value < 0 ? -(uint64_t)value : (uint64_t)value);
}

/* Argument lists can only be passed on by reference inside a struct. */
struct args {
    va_list ap;
};

static size_t number_or_star(const char **fmt, struct args *args)
{
    size_t n = 0;

    if (**fmt == '*') {
        int v = va_arg(args->ap, int);

        (*fmt)++;
        return v > 0 ? (size_t)v : 0;
    }
    while (**fmt >= '0' && **fmt <= '9')
        n = n * 10 + (size_t)(*(*fmt)++ - '0');
    return n;
}

/* One conversion; fmt points after the % and is returned after the conversion letter. */
static const char *convert(struct out *o, const char *fmt, struct args *args)
{
    struct spec s = { .base = 10 };
    size_t precision = SIZE_MAX;
    const char *text;
    bool is_long = false;
    char c;

    for (;; fmt++) {
        if (*fmt == '0')
            s.zero = true;
        else if (*fmt == '-')
            s.left = true;
        else if (*fmt == '#')
            s.alt = true;
        else
            break;
    }
    s.width = number_or_star(&fmt, args);
    if (*fmt == '.') {
        fmt++;
        precision = number_or_star(&fmt, args);
    }
    for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
        is_long |= *fmt != 'h';

    switch (*fmt) {
    case '\0':
        return fmt;
    case 'c':
        c = (char)va_arg(args->ap, int);
        put_padded(o, &s, "", &c, 1);
        break;
    case 's':
        text = va_arg(args->ap, const char *);
        text = text ? text : "(null)";
        put_padded(o, &s, "", text, strnlen(text, precision));
        break;
    case 'd':
        put_signed(o, &s, is_long ? va_arg(args->ap, int64_t) : va_arg(args->ap, int));
        break;
    case 'x':
        s.base = 16;
        /* fall through */
    case 'u':
        put_unsigned(o, &s,
                     is_long ? va_arg(args->ap, uint64_t) : va_arg(args->ap, unsigned int));
        break;
    default:
        put(o, *fmt);
    }
    return fmt + 1;
}

size_t format_va(char *buf, size_t size, const char *fmt, va_list ap)
{
    struct out o = { buf, size, 0 };
    struct args args;

    va_copy(args.ap, ap);
    while (*fmt) {
        if (*fmt == '%')
            fmt = convert(&o, fmt + 1, &args);
        else
            put(&o, *fmt++);
    }
    va_end(args.ap);
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

size_t format_braces(char *buf, size_t size, const char *fmt, const uint64_t *values, size_t n)
{
    struct out o = { buf, size, 0 };

    while (*fmt) {
        size_t index = (size_t)(fmt[0] == '{' ? fmt[1] - '0' : 10);
        struct spec s = { .base = 10 };

        if (index > 9 || fmt[2] != ':' ||
            (fmt[3] != 'x' && fmt[3] != 'd' && fmt[3] != 'u') || fmt[4] != '}') {
            put(&o, *fmt++);
            continue;
        }
        if (index >= n) {
            put_padded(&o, &s, "", "{?}", 3);
        } else if (fmt[3] == 'd') {
            put_signed(&o, &s, (int64_t)values[index]);
        } else {
            s.alt = fmt[3] == 'x';
            s.base = s.alt ? 16 : 10;
            put_unsigned(&o, &s, values[index]);
        }
        fmt += 5;
    }
    return finish(&o);
}
