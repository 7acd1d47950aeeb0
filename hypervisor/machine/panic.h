/* SPDX-License-Identifier: MIT */
/*
 * Our own fault: stop every pcpu, say what happened with registers and a symbolised backtrace, end
 * the machine. Works without locks, and inside itself.
 */
#pragma once

#include "lib/types.h"
#include "machine/regs.h"

/* regs: those of our own fault, NULL if there was none. */
void NORETURN panic_at(const struct regs *regs, const char *fmt, ...) PRINTF_LIKE(2, 3);
#define panic(...) panic_at(NULL, __VA_ARGS__)

/* A fault of our own that nothing expected. */
void NORETURN panic_trap(const struct regs *regs);

/* An NMI: stops this pcpu for good if another one has panicked, else tells of it and returns. */
void panic_nmi(const struct regs *regs);

/* Set by the domain room: prints the current domain and vcpu. */
extern void (*panic_context_hook)(void);

/* Registers, as panics and domain crashes print them. */
void panic_print_regs(const struct regs *regs);

#define panic_unless(cond)                                                                         \
    do {                                                                                           \
        if (!(cond))                                                                               \
            panic("%s:%d: not true: %s", __FILE__, __LINE__, #cond);                               \
    } while (0)
