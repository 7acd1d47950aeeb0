/* SPDX-License-Identifier: MIT */
/*
 * Instruction decoder for exactly what we emulate: the privileged instructions of a PV kernel and the stores it
 * aims at its page tables. One table, no operation semantics: pv/emulate.c and pv/ptwr.c do those.
 */
#ifndef PARAVANE_PV_DECODE_H
#define PARAVANE_PV_DECODE_H

#include "lib/types.h"
#include "machine/regs.h"

#define OPCODE_0F(op) (0x0f00 | (op))

struct insn {
    uint8_t length;      /* bytes, prefixes included */
    uint16_t opcode;     /* one byte, or 0x0fXX */
    uint8_t size;        /* operand size in bytes: 1, 2, 4, 8 */
    uint8_t rex;
    bool lock, rep, opsize16;
    uint8_t modrm, mod, reg, rm; /* reg and rm with REX folded in; mod 3: rm is a register */
    uint64_t address;    /* of a memory operand (mod != 3), segment base included */
    uint64_t imm;        /* sign-extended */
};

/* Reads at most 15 bytes at regs->rip, taken as 64-bit code. False: not readable, or not one of the instructions in the table. */
bool decode_insn(const struct regs *regs, struct insn *insn);

/* General register n (0..15) of a frame, in instruction-encoding order. */
uint64_t *decode_register(struct regs *regs, unsigned int n);

/* Reads and writes with the width rules of the ISA: 4-byte writes zero the upper half, AH..BH without REX. */
uint64_t decode_read_register(struct regs *regs, const struct insn *insn, unsigned int n, unsigned int size);
void decode_write_register(struct regs *regs, const struct insn *insn, unsigned int n, unsigned int size,
                           uint64_t value);

#endif
