/* SPDX-License-Identifier: MIT */
/* Words on the serial line, and the two ways to stop. */
#include <stdarg.h>
#include "kernel.h"
#include "port.h"

#define UART 0x3f8

static void put(char c)
{
    while (!(port_in(UART + 5) & 0x20))
        ;
    port_out(UART, (uint8_t)c);
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

void panic(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print("teach: panic: ");
    print_list(format, list);
    print("\n");
    port_out(0xf4, 0x11);
    for (;;)
        __asm__ volatile("cli; hlt");
}

void power_off(void)
{
    port_out(0xf4, 0x10); /* QEMU's isa-debug-exit */
    panic("still on");
}
