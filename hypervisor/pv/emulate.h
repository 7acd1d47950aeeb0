/* SPDX-License-Identifier: MIT */
/*
 * The trap-and-emulate side: privileged instructions that a guest kernel executes all the same. Only those the ABI
 * promises; any other fault is the guest's to handle.
 */
#ifndef PARAVANE_PV_EMULATE_H
#define PARAVANE_PV_EMULATE_H

#include "domain/vcpu.h"
#include "pv/decode.h"

/*
 * True: done, or another exception was bounced in its place. False: bounce the original one. A refused `int n` gets
 * the error code that the architecture gives.
 */
bool emulate_general_protection(struct vcpu *v, struct regs *regs);
/* int vector, rip still on it: bounced if the guest's trap table lets this mode do so; else error_code is set for #GP. */
bool emulate_software_interrupt(struct vcpu *v, struct regs *regs, uint8_t vector);

bool emulate_invalid_opcode(struct vcpu *v, struct regs *regs);

/* emulate_io.c, emulate_msr.c, emulate_cpuid.c. False: #GP. */
bool emulate_io(struct vcpu *v, struct regs *regs, const struct insn *insn, bool *again);
bool emulate_iopl_ok(const struct vcpu *v);
bool emulate_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value);
bool emulate_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value);
void emulate_cpuid(struct vcpu *v, struct regs *regs, bool forced);

#endif
