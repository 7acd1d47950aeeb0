/* SPDX-License-Identifier: MIT */
/* Continuations: pv/continuation.h tells what they are for. */
#include "pv/continuation.h"
#include "domain/vcpu.h"
#include "machine/pcpu.h"

uint64_t *hypercall_argument(struct regs *r, unsigned int n)
{
    uint64_t *const argument[6] = {&r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9};
    return argument[n];
}

long hypercall_continue_args(unsigned int nr, unsigned int nargs, const uint64_t *args)
{
    struct vcpu *v = current;
    struct regs *r = guest_regs();

    if (v->in_multicall) {
        v->multicall_preempted = true;
        for (unsigned int i = 0; i < nargs; i++)
            v->multicall_args[i] = args[i];
    } else {
        for (unsigned int i = 0; i < nargs; i++)
            *hypercall_argument(r, i) = args[i];
        r->rip -= 2; /* SYSCALL */
        r->entry_vector = 0;
        return nr; /* instead of a result: rax is the number again */
    }
    return HYPERCALL_CONTINUED;
}
