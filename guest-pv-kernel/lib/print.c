/* SPDX-License-Identifier: MIT
 * print and panic. A line is formatted into one buffer and written at once, so lines of several
 * cpus do not mix; no lock is needed for that, and so panic can always speak. */
#include "lib/print.h"

#include "arch/seam.h"
#include "lib/format.h"

static void print_va(const char *fmt, va_list args)
{
    char line[512];
    size_t n = (size_t)format_buffer_va(line, sizeof(line), fmt, args);

    console_write(line, n < sizeof(line) ? n : sizeof(line) - 1);
}

void print(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    print_va(fmt, args);
    va_end(args);
}

static bool on_kernel_stack(uint64_t rbp, uint64_t low)
{
    return rbp >= low && !(rbp & 7) && rbp >= VIRT_BASE && rbp < low + STACK_SIZE;
}

void print_backtrace(uint64_t rip, uint64_t rbp)
{
    uint64_t low = rbp;

    print("backtrace (addr2line -fe build/guest-pv-kernel.elf):\n  %lx", rip);
    for (unsigned n = 0; n < 16 && on_kernel_stack(rbp, low); n++) {
        const uint64_t *frame = (const uint64_t *)rbp;

        if (!frame[1] || frame[0] <= rbp)
            break;
        print(" %lx", frame[1]);
        rbp = frame[0];
    }
    print("\n");
}

void panic(const char *fmt, ...)
{
    struct regs r = {0};
    va_list args;

    irq_disable();
    print("guest kernel panic: ");
    va_start(args, fmt);
    print_va(fmt, args);
    va_end(args);
    print("\n");
    regs_capture(&r);
    regs_dump(&r);
    print_backtrace(r.rip, r.rbp);
    machine_crash();
}
