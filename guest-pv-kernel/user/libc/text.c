/* SPDX-License-Identifier: MIT
 * Printing and parsing for user programs. A printf is one write, so lines of several processes do
 * not mix. */
#include "user.h"

static int print_va(int fd, const char *fmt, va_list args)
{
    char text[1024];
    int n = format_buffer_va(text, sizeof(text), fmt, args);

    if (n >= (int)sizeof(text))
        n = sizeof(text) - 1;
    return (int)write(fd, text, (size_t)n);
}

int printf(const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = print_va(1, fmt, args);
    va_end(args);
    return n;
}

int print_to(int fd, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = print_va(fd, fmt, args);
    va_end(args);
    return n;
}

const char *error_text(int error)
{
    switch (-error) {
    case E_PERM: return "not permitted";
    case E_NOENT: return "no such file";
    case E_SRCH: return "no such process";
    case E_2BIG: return "too many arguments";
    case E_NOEXEC: return "not a program";
    case E_BADF: return "bad file descriptor";
    case E_CHILD: return "no child";
    case E_AGAIN: return "no process slot free";
    case E_NOMEM: return "out of memory";
    case E_FAULT: return "bad address";
    case E_MFILE: return "too many open files";
    case E_PIPE: return "nobody reads the pipe";
    default: return "error";
    }
}

bool parse_number(const char *s, uint64_t *value)
{
    unsigned base = 10;

    *value = 0;
    if (s[0] == '0' && s[1] == 'x') {
        base = 16;
        s += 2;
    }
    if (!*s)
        return false;
    for (; *s; s++) {
        unsigned d = *s >= '0' && *s <= '9' ? (unsigned)(*s - '0')
                     : (*s | 32) >= 'a' && (*s | 32) <= 'f' ? (unsigned)((*s | 32) - 'a' + 10)
                                                            : 99;

        if (d >= base)
            return false;
        *value = *value * base + d;
    }
    return true;
}

long read_line(int fd, char *to, size_t size)
{
    size_t n = 0;
    char c;

    while (read(fd, &c, 1) == 1) {
        if (c == '\n') {
            to[n] = 0;
            return (long)n;
        }
        if (n + 1 < size)
            to[n++] = c;
    }
    to[n] = 0;
    return n ? (long)n : -1;
}
