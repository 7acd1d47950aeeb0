/* SPDX-License-Identifier: MIT */
/*
 * Trap and emulate: privileged instructions that a guest kernel executes all the same, and the stores it aims at its
 * page tables. Only those the ABI promises; any other fault is the guest's to handle.
 */
#pragma once

#include "domain/vcpu.h"

/* Handlers of #GP, #UD and int 0x80: what is not emulated is bounced. */
void emulate_general_protection(struct vcpu *v, struct regs *regs);
void emulate_invalid_opcode(struct vcpu *v, struct regs *regs);
void emulate_int80(struct vcpu *v, struct regs *regs); /* rip is behind the instruction */

/*
 * ptwr.c, writable page tables: a guest kernel that asked for the assist may store to its own l1 tables as if they
 * were writable. The store faults at va, is decoded, and goes the way of mmu_update. True: done, or to be retried.
 */
bool ptwr_fault(struct vcpu *v, struct regs *regs, uint64_t va);

/* ---- decode.c: exactly the instructions that we emulate; what they do is their emulators' business ---- */

#define OPCODE_0F(op) (0x0f00 | (op))

struct insn {
    uint8_t length;      /* bytes, prefixes included */
    uint16_t opcode;     /* one byte, or 0x0fXX */
    uint8_t size;        /* operand size in bytes: 1, 2, 4, 8 */
    uint8_t rex;
    bool lock, rep, opsize16;
    uint8_t modrm, mod, reg, rm; /* reg and rm with REX folded in; mod 3: rm is a register */
    uint64_t address;    /* of a memory operand (mod != 3) */
    uint64_t imm;        /* sign-extended */
};

/* Reads at most 15 bytes at regs->rip as 64-bit code. False: not readable, or not an instruction of ours. */
bool decode_insn(struct regs *regs, struct insn *insn);
bool decode_short(const struct regs *regs, struct insn *insn); /* quicker, for those that it is not too short for */

/* General register n (0..15) of a frame, in instruction-encoding order. */
uint64_t *decode_register(struct regs *regs, unsigned int n);

/* With the width rules of the ISA: 4-byte writes zero the upper half, AH..BH without REX. */
uint64_t decode_read_register(struct regs *regs, const struct insn *insn, unsigned int n, unsigned int size);
void decode_write_register(struct regs *regs, const struct insn *insn, unsigned int n, unsigned int size,
                           uint64_t value);

/* ---- what emulate.c leaves to others ---- */

/* The instruction is done: on to the next one, unless `again`, with the single step its TF asks for. */
void emulate_finish(struct vcpu *v, struct regs *regs, const struct insn *insn, bool again);

/* emulate_io.c, emulate_msr.c, emulate_cpuid.c. False: #GP. */
bool emulate_io(struct vcpu *v, struct regs *regs, const struct insn *insn, bool *again);
bool emulate_iopl_ok(const struct vcpu *v);
bool emulate_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value);
bool emulate_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value);
void emulate_cpuid(struct vcpu *v, struct regs *regs, bool forced);
