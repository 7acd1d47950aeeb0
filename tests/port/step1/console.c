/* SPDX-License-Identifier: MIT */
/* Words on the hypervisor's console, and the two ways to stop. */
#include <stdarg.h>
#include "hypercall.h"
#include "kernel.h"

/* A hypercall a line, not a character. */
static void put(char c)
{
    static char line[128];
    static unsigned int length;

    line[length++] = c;
    if (c == '\n' || length == sizeof(line)) {
        hypercall(console_io, CONSOLEIO_write, length, line);
        length = 0;
    }
}

static void put_number(uint64_t value, unsigned int base)
{
    if (value >= base)
        put_number(value / base, base);
    put("0123456789abcdef"[value % base]);
}

static void print_list(const char *format, va_list list)
{
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
        } else if (*++format == 's') {
            for (const char *s = va_arg(list, const char *); *s; s++)
                put(*s);
        } else {
            put_number(va_arg(list, uint64_t), *format == 'x' ? 16 : 10);
        }
    }
}

void print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_list(format, list);
    va_end(list);
}

static void __attribute__((noreturn)) stop(unsigned int reason)
{
    struct sched_shutdown shutdown = {.reason = reason};

    for (;;)
        hypercall(sched_op, SCHEDOP_shutdown, &shutdown);
}

void panic(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print("teach: panic: ");
    print_list(format, list);
    print("\n");
    stop(SHUTDOWN_crash);
}

void power_off(void) { stop(SHUTDOWN_poweroff); }
