/* SPDX-License-Identifier: MIT
 * How the kernel asks the hypervisor for something: a call into the hypercall page, through stubs
 * made from the specification. Only arch/, selftest/ and bench/ include this. Invariant: arguments go in
 * rdi rsi rdx r10 r8 and none of them survives. */
#ifndef ARCH_HYPERCALL_H
#define ARCH_HYPERCALL_H

#include <stddef.h>
#include <stdint.h>
#include <hypercall_stubs.h> /* HYPERVISOR_mmu_update and the rest, made from abi/spec/ */

/* Any hypercall by number, for tests of numbers and arguments the stubs would not let through. */
static inline long hypercall(unsigned long nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5)
{
    long rc;
    register uint64_t r10 __asm__("r10") = a4;
    register uint64_t r8 __asm__("r8") = a5;

    __asm__ volatile("call *%[stub]"
                     : "=a"(rc), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                     : [stub] "0"(hypercall_page + nr * 32)
                     : "rcx", "r11", "memory");
    return rc;
}

#endif
