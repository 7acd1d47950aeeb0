/* SPDX-License-Identifier: MIT */
/* Continuations: pv/pv.h tells what they are for. */
#include "pv/pv.h"

long hypercall_continue_args(unsigned int nr, unsigned int nargs, const uint64_t *args)
{
    struct vcpu *v = current;
    struct regs *r = guest_regs();
    uint64_t *const argument[6] = {&r->rdi, &r->rsi, &r->rdx, &r->r10, &r->r8, &r->r9};

    for (unsigned int i = 0; i < nargs; i++)
        *(v->in_multicall ? &v->multicall_args[i] : argument[i]) = args[i];
    if (v->in_multicall) {
        v->multicall_left = (uint8_t)nargs;
        return HYPERCALL_CONTINUED;
    }
    r->rip -= 2; /* SYSCALL */
    r->entry_vector = 0;
    return nr; /* instead of a result: rax is the number again */
}
