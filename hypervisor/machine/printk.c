/* SPDX-License-Identifier: MIT */
/* See printk.h. */
#include "machine/printk.h"
#include "lib/format.h"
#include "machine/insn.h"
#include "machine/serial.h"
#include "machine/spinlock.h"

enum log_level printk_level = LOG_INFO;
void (*console_input_hook)(void);

static spinlock_t lock;
static bool in_panic;
static bool mid_line;    /* someone's text stands there without its newline */
static uint64_t dropped; /* bytes that found no room */

void console_lock(void)
{
    if (!in_panic)
        spin_lock(&lock);
}

bool console_held(void)
{
    return !in_panic && lock.held;
}

void console_unlock(void)
{
    if (!in_panic)
        spin_unlock(&lock);
}

void console_panic(void)
{
    in_panic = true;
    serial_drain();
}

static void write_bytes(const char *text, size_t n)
{
    dropped += n - serial_write(text, n);
}

void console_write(const char *text, size_t n)
{
    if (dropped && serial_room() >= 128) {
        char note[64];
        size_t len = format(note, sizeof(note), "\r\n(PV) %lu bytes of output lost\r\n", dropped);

        dropped = 0;
        write_bytes(note, len);
    }
    if (n)
        mid_line = text[n - 1] != '\n';
    while (n) {
        size_t line = scan_for(text, '\n', n);

        write_bytes(text, line);
        if (line < n)
            write_bytes("\r\n", 2);
        line = min(line + 1, n);
        text += line;
        n -= line;
    }
    if (in_panic)
        serial_drain();
    else
        serial_service();
}

void printk_at(enum log_level level, const char *fmt, ...)
{
    char text[384];
    va_list ap;
    size_t n;

    if (level > printk_level)
        return;
    va_start(ap, fmt);
    n = min(format_va(text, sizeof(text), fmt, ap), sizeof(text) - 1);
    va_end(ap);
    console_lock();
    if (mid_line)
        console_write("\n", 1);
    console_write("(PV) ", 5);
    console_write(text, n);
    console_write("\n", 1);
    console_unlock();
}

void console_service(void)
{
    console_lock();
    serial_service();
    console_unlock();
    if (console_input_hook)
        console_input_hook();
}
