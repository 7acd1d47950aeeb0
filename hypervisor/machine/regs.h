/* SPDX-License-Identifier: MIT */
/*
 * The registers of an interrupted context, in the order of the ABI's struct cpu_user_regs (r15 .. ss), so that
 * one copy serves vcpu_guest_context, register dumps and gdb. entry.S pushes them; a guest's frame always ends
 * right below its pcpu's struct pcpu (see pcpu.h).
 */
#pragma once

#include "lib/types.h"

struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t r11, r10, r9, r8;
    uint64_t rax, rcx, rdx, rsi, rdi;
    uint32_t error_code;   /* as the CPU pushed it, 0 where the vector has none */
    uint32_t entry_vector; /* vector, or ENTRY_SYSCALL etc. */
    uint64_t rip;
    uint16_t cs;
    uint16_t cs_pad[3];
    uint64_t rflags;
    uint64_t rsp;
    uint16_t ss;
    uint16_t ss_pad[3];
};

/* entry_vector of entries that are no exception or interrupt. */
#define ENTRY_SYSCALL  0x100u
#define ENTRY_SYSENTER 0x101u

static inline void regs_set_selectors(struct regs *r, uint64_t cs, uint64_t ss) /* in one store each */
{
    *(uint64_t *)&r->cs = cs;
    *(uint64_t *)&r->ss = ss;
}

/*
 * SYSRET loads rip from rcx and rflags from r11, so those two must be nobody's: after SYSCALL, and in handlers we bounced
 * to. Whoever changes a frame so that they matter clears entry_vector. It faults in ring 0 on a rip that is not canonical,
 * on some CPUs, and knows one pair of selectors.
 */
static inline bool regs_by_sysret(const struct regs *r)
{
    bool canonical = (uint64_t)((int64_t)r->rip >> 47) + 1 <= 1; /* all ones or all zeros */

    return r->entry_vector == ENTRY_SYSCALL && !(r->rflags & (1ul << 8 | 1ul << 16)) && canonical; /* TF, RF */
}
