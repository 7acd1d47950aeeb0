/* SPDX-License-Identifier: MIT
 * Input is taken from the console by its event and put into a ring. In line mode the part after
 * `ready` is still being edited (backspace) and nobody may read it before its newline. */
#include "device/terminal.h"

#include "arch/seam.h"
#include "lib/spinlock.h"
#include "process/abi.h"
#include "process/file.h"
#include "process/process.h"

#define INPUT 512
#define CTRL(c) ((c) & 31)

static struct {
    struct spinlock lock;
    char data[INPUT];
    unsigned produced, ready, consumed;
    bool ended; /* ctrl-d on an empty line */
    int mode, foreground;
} input;

struct file *terminal_open(void)
{
    return file_new(FILE_TERMINAL);
}

void terminal_mode(int mode)
{
    bool irq = spin_lock(&input.lock);

    input.mode = mode;
    input.ready = input.produced;
    spin_unlock(&input.lock, irq);
}

void terminal_foreground(int group)
{
    input.foreground = group;
}

static void input_put(char c)
{
    if (input.produced - input.consumed < INPUT)
        input.data[input.produced++ % INPUT] = c;
}

static void line_input(char c)
{
    switch (c) {
    case CTRL('D'):
        input.ended = input.produced == input.ready;
        input.ready = input.produced;
        break;
    case '\b':
    case 127:
        if (input.produced != input.ready) {
            input.produced--;
            console_write("\b \b", 3);
        }
        break;
    case '\r':
    case '\n':
        console_write("\n", 1);
        input_put('\n');
        input.ready = input.produced;
        break;
    default:
        if (c >= ' ' || c == '\t') {
            console_write(&c, 1);
            input_put(c);
        }
    }
}

void kernel_console_input(void)
{
    char chunk[64];
    size_t n;
    int interrupted = 0;
    bool irq = spin_lock(&input.lock);

    while ((n = console_read(chunk, sizeof(chunk))) > 0)
        for (size_t i = 0; i < n; i++) {
            if (input.mode == TERMINAL_RAW) {
                input_put(chunk[i]);
                input.ready = input.produced;
            } else if (chunk[i] == CTRL('C')) {
                console_write("^C\n", 3);
                interrupted = input.foreground;
            } else {
                line_input(chunk[i]);
            }
        }
    spin_unlock(&input.lock, irq);
    process_wake(&input);
    if (interrupted)
        process_kill_group(interrupted);
}

long terminal_read(uint64_t to, size_t n)
{
    char chunk[128];
    size_t got = 0;
    bool irq = spin_lock(&input.lock);

    while (input.ready == input.consumed && !input.ended && !current()->killed)
        process_sleep(&input, &input.lock, 0);
    while (got < n && got < sizeof(chunk) && input.consumed != input.ready) {
        chunk[got++] = input.data[input.consumed++ % INPUT];
        if (chunk[got - 1] == '\n' && input.mode == TERMINAL_LINES)
            break;
    }
    if (!got)
        input.ended = false;
    spin_unlock(&input.lock, irq);
    return user_copy_out(to, chunk, got) ? (long)got : -E_FAULT;
}

long terminal_write(uint64_t from, size_t n)
{
    char chunk[256];
    size_t done = 0;

    while (done < n && !current()->killed) {
        size_t part = n - done < sizeof(chunk) ? n - done : sizeof(chunk);

        if (!user_copy_in(chunk, from + done, part))
            return done ? (long)done : -E_FAULT;
        console_write(chunk, part);
        done += part;
    }
    return (long)done;
}
