/* SPDX-License-Identifier: MIT */
/*
 * A hypercall that gives way half done is continued by being made again, with arguments that say what is left: the
 * guest's rip goes back onto its SYSCALL instruction, so that events can be delivered in between and nothing but the
 * domain's own state remembers the progress. Inside a multicall the entry is rewritten instead.
 */
#ifndef PARAVANE_PV_CONTINUATION_H
#define PARAVANE_PV_CONTINUATION_H

#include "lib/types.h"

/* Inside the hypervisor only: "not finished, continue the hypercall". The ABI's list shows it to hypervisors alone. */
enum {
    XEN_ERESTART = 85
};

/* What the parts of a handler tell each other: continue. The handler itself returns what hypercall_continue gives. */
#define HYPERCALL_CONTINUED (-(long)XEN_ERESTART)

/*
 * Arranges for the hypercall to be made again and gives what the handler is to return: what rax must hold then, its
 * number. nargs arguments follow, each uint64_t: `return hypercall_continue(__HYPERVISOR_memory_op, 2, cmd, arg);` */
#define hypercall_continue(nr, nargs, ...)                                                         \
    ({                                                                                             \
        const uint64_t continue_args_[] = {__VA_ARGS__};                                           \
        static_assert(sizeof(continue_args_) == (nargs) * sizeof(uint64_t), "count the arguments"); \
        hypercall_continue_args((nr), (nargs), continue_args_);                                    \
    })

long hypercall_continue_args(unsigned int nr, unsigned int nargs, const uint64_t *args);

/* Where argument n (0..5) of a hypercall is in the frame. */
struct regs;
uint64_t *hypercall_argument(struct regs *regs, unsigned int n);

#endif
