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
    bool zero, left, alt, upper, negative;
    unsigned int base;
};

static void put(struct out *o, char c)
{
    if (o->len < o->size)
        o->buf[o->len] = c;
    o->len++;
}

static void put_n(struct out *o, char c, size_t n)
{
    while (n--)
        put(o, c);
}

static size_t finish(struct out *o)
{
    if (o->size)
        o->buf[min(o->len, o->size - 1)] = '\0';
    return o->len;
}

static void put_string(struct out *o, const struct spec *s, const char *str, size_t len)
{
    size_t pad = s->width > len ? s->width - len : 0;

    if (!s->left)
        put_n(o, ' ', pad);
    for (size_t i = 0; i < len; i++)
        put(o, str[i]);
    if (s->left)
        put_n(o, ' ', pad);
}

static void put_number(struct out *o, const struct spec *s, uint64_t value)
{
    const char *digits = s->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const char *prefix = s->negative ? "-" : s->alt && s->base == 16 ? "0x" : "";
    char text[20];
    size_t n = 0, used;

    do {
        text[n++] = digits[value % s->base];
        value /= s->base;
    } while (value);

    used = n + strlen(prefix);
    size_t pad = s->width > used ? s->width - used : 0;

    if (!s->left && !s->zero)
        put_n(o, ' ', pad);
    while (*prefix)
        put(o, *prefix++);
    if (!s->left && s->zero)
        put_n(o, '0', pad);
    while (n)
        put(o, text[--n]);
    if (s->left)
        put_n(o, ' ', pad);
}

static void put_signed(struct out *o, struct spec *s, int64_t value)
{
    s->negative = value < 0;
    put_number(o, s, s->negative ? -(uint64_t)value : (uint64_t)value);
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
    bool is_long = false;

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
    case 'c': {
        char c = (char)va_arg(args->ap, int);

        put_string(o, &s, &c, 1);
        break;
    }
    case 's': {
        const char *str = va_arg(args->ap, const char *);

        if (!str)
            str = "(null)";
        put_string(o, &s, str, strnlen(str, precision));
        break;
    }
    case 'd':
    case 'i':
        put_signed(o, &s, is_long ? va_arg(args->ap, int64_t) : va_arg(args->ap, int));
        break;
    case 'X':
        s.upper = true;
        /* fall through */
    case 'x':
        s.base = 16;
        /* fall through */
    case 'u':
        put_number(o, &s, is_long ? va_arg(args->ap, uint64_t) : va_arg(args->ap, unsigned int));
        break;
    case 'p':
        s = (struct spec){ .base = 16, .alt = true, .zero = true, .width = 18 };
        put_number(o, &s, (uintptr_t)va_arg(args->ap, void *));
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
        struct spec s = { .base = 10 };
        bool ours = fmt[0] == '{' && fmt[1] >= '0' && fmt[1] <= '9' && fmt[2] == ':' &&
                    (fmt[3] == 'x' || fmt[3] == 'd' || fmt[3] == 'u') && fmt[4] == '}';

        if (!ours) {
            put(&o, *fmt++);
            continue;
        }

        size_t index = (size_t)(fmt[1] - '0');

        if (index >= n) {
            put_string(&o, &s, "{?}", 3);
        } else if (fmt[3] == 'x') {
            s.base = 16;
            s.alt = true;
            put_number(&o, &s, values[index]);
        } else if (fmt[3] == 'd') {
            put_signed(&o, &s, (int64_t)values[index]);
        } else {
            put_number(&o, &s, values[index]);
        }
        fmt += 5;
    }
    return finish(&o);
}
