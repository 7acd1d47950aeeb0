/* SPDX-License-Identifier: MIT */
/* Printing through console_io, a line at a time, and KTAP results: names are stable, details follow a #. */
#include "guest.h"

static char line[512];
static size_t line_length;
static unsigned int tests_run, tests_failed;

static void put(char c)
{
    line[line_length++] = c;
    if (c == '\n' || line_length == sizeof(line)) {
        hypercall(console_io, CONSOLEIO_write, line_length, line);
        line_length = 0;
    }
}

static void put_number(uint64_t value, unsigned int base, int width, bool zero)
{
    char digits[24];
    int n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (int i = n; i < width; i++)
        put(zero ? '0' : ' ');
    while (n)
        put(digits[--n]);
}

/* %d %u %x %s %c %%, with l and ll meaning 64 bits, a width and zero padding. */
void print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    for (; *format; format++) {
        bool zero = false, wide = false;
        int width = 0;

        if (*format != '%') {
            put(*format);
            continue;
        }
        for (format++; *format >= '0' && *format <= '9'; format++) {
            zero |= *format == '0' && !width;
            width = width * 10 + *format - '0';
        }
        for (; *format == 'l'; format++)
            wide = true;
        if (*format == 's') {
            for (const char *s = va_arg(args, const char *); *s; s++)
                put(*s);
        } else if (*format == 'c') {
            put((char)va_arg(args, int));
        } else if (*format == 'd') {
            long value = wide ? va_arg(args, long) : va_arg(args, int);

            if (value < 0)
                put('-');
            put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, zero);
        } else if (*format == 'u' || *format == 'x') {
            uint64_t value = wide ? va_arg(args, uint64_t) : va_arg(args, unsigned int);

            put_number(value, *format == 'u' ? 10 : 16, width, zero);
        } else {
            put(*format);
        }
    }
    va_end(args);
}

static bool result(const char *name, bool good)
{
    tests_run++;
    tests_failed += !good;
    print("%s %u - %s", good ? "ok" : "not ok", tests_run, name);
    return good;
}

bool ktap_ok(const char *name, bool good)
{
    result(name, good);
    print("\n");
    return good;
}

bool ktap_equal(const char *name, uint64_t got, uint64_t want)
{
    if (!result(name, got == want))
        print(" # got 0x%lx, want 0x%lx", got, want);
    print("\n");
    return got == want;
}

bool expect(const char *name, long rc, long want)
{
    if (!result(name, rc == want))
        print(" # got %ld, want %ld", rc, want);
    print("\n");
    return rc == want;
}

void ktap_skip(const char *name, const char *why)
{
    tests_run++;
    print("ok %u - %s # SKIP %s\n", tests_run, name, why);
}

bool expect_trap(const char *name, struct trap seen, int vector, uint64_t error)
{
    bool good = seen.vector == vector && (vector == NO_TRAP || seen.error == error);

    if (!result(name, good))
        print(" # got vector %ld error 0x%lx cr2 0x%lx, want %d 0x%lx", seen.vector, seen.error, seen.cr2,
              vector, error);
    print("\n");
    return good;
}

void guest_exit(unsigned int reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    print("1..%u\n", tests_run);
    print("# %u of %u failed\n", tests_failed, tests_run);
    if (guest_argument("hold")) { /* hold=: stay a while, to be looked at with all page tables in place */
        uint64_t end = time_ns() + 3000000000;

        print("# holding\n");
        while (time_ns() < end)
            hypercall(sched_op, SCHEDOP_yield);
    }
    hypercall(sched_op, SCHEDOP_shutdown, &shutdown);
    for (;;)
        hypercall(sched_op, SCHEDOP_yield);
}

void *memset(void *to, int byte, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((char *)to)[i] = (char)byte;
    return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((const uint8_t *)a)[i] != ((const uint8_t *)b)[i])
            return ((const uint8_t *)a)[i] - ((const uint8_t *)b)[i];
    return 0;
}
