/* SPDX-License-Identifier: MIT */
/*
 * Bouncing: entering the guest kernel at a handler it registered, with the ABI's frame on its stack. Low to high:
 *
 *   rcx r11 [ds es fs gs: failsafe only] [error code] rip  cs|saved upcall mask<<32  rflags  rsp  ss
 *
 * From user mode the frame goes on the stack of stack_switch, in kernel mode below the interrupted rsp; both are
 * aligned to 16. In the pushed selectors RPL 0 says "was in the kernel", in rflags IF shows the upcall mask.
 */
#pragma once

#include "domain/vcpu.h"

/* An exception the CPU raised (or we raise in its stead), to the trap table's handler. */
void bounce_exception(struct vcpu *v, struct regs *regs, unsigned int vector, uint32_t error_code);
void bounce_page_fault(struct vcpu *v, struct regs *regs, uint32_t error_code, uint64_t cr2);

/* What has no error code: an entry of v->trap (of a software interrupt: rip is already behind it) or of v->callback. */
void bounce_to(struct vcpu *v, struct regs *regs, const struct trap_info *to);

/* For entry.S: a SYSCALL of user mode, if that is all there is to it. False: nothing has been done. */
bool bounce_syscall_quick(struct vcpu *v, struct regs *regs);
void bounce_nmi(struct vcpu *v, struct regs *regs);

/* A data selector of the guest could not be loaded any more: selectors are {ds, es, fs, gs} as they were. */
void bounce_failsafe(struct vcpu *v, struct regs *regs, const uint16_t selectors[4]);

