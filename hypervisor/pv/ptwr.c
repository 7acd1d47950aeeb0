/* SPDX-License-Identifier: MIT */
/*
 * Trapped page-table writes. Every operation becomes "replace what I read by this": read the operand, compute, and
 * have pv/pagetable put the result there if nothing has changed meanwhile. A lost race just faults again.
 */
#include "pv/ptwr.h"
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "lib/string.h"
#include "machine/insn.h"
#include "memory/alloc.h"
#include "pv/bounce.h"
#include "pv/decode.h"
#include "pv/pagetable.h"

#define FLAGS_ARITH 0x8d5ul /* CF PF AF ZF SF OF */

struct store {
    uint64_t old, value;   /* of the memory operand */
    bool write;            /* false: only flags and registers change (cmpxchg that differs) */
    uint64_t rflags;
    uint64_t source;       /* xchg, xadd: what the register gets */
    bool set_source;
};

static uint64_t truncate(uint64_t v, unsigned int size)
{
    return size == 8 ? v : v & ((1ul << (8 * size)) - 1);
}

/* ZF, SF and PF of a result; carry and overflow are the caller's. */
static uint64_t result_flags(uint64_t v, unsigned int size)
{
    uint64_t flags = 0;

    v = truncate(v, size);
    if (!v)
        flags |= 1ul << 6;
    if (v >> (8 * size - 1))
        flags |= 1ul << 7;
    if (!(__builtin_popcount((uint8_t)v) & 1))
        flags |= 1ul << 2;
    return flags;
}

static uint64_t add_flags(uint64_t a, uint64_t b, uint64_t sum, unsigned int size)
{
    uint64_t sign = 1ul << (8 * size - 1), flags = result_flags(sum, size);

    if (truncate(sum, size) < truncate(a, size))
        flags |= 1;
    if ((a ^ sum) & (b ^ sum) & sign)
        flags |= 1ul << 11;
    return flags | ((a ^ b ^ sum) & 16);
}

static uint64_t sub_flags(uint64_t a, uint64_t b, unsigned int size)
{
    uint64_t diff = a - b, sign = 1ul << (8 * size - 1), flags = result_flags(diff, size);

    if (truncate(a, size) < truncate(b, size))
        flags |= 1;
    if ((a ^ b) & (a ^ diff) & sign)
        flags |= 1ul << 11;
    return flags | ((a ^ b ^ diff) & 16);
}

/* The eight operations of opcodes 00..3f and 80..83, by their number; those we emulate on page tables. */
static bool arithmetic(unsigned int op, uint64_t b, unsigned int size, struct store *s)
{
    uint64_t flags;

    switch (op) {
    case 0:
        s->value = s->old + b;
        flags = add_flags(s->old, b, s->value, size);
        break;
    case 5:
        s->value = s->old - b;
        flags = sub_flags(s->old, b, size);
        break;
    case 1:
    case 4:
    case 6:
        s->value = op == 1 ? s->old | b : op == 4 ? s->old & b : s->old ^ b;
        flags = result_flags(s->value, size);
        break;
    default:
        return false;
    }
    s->rflags = (s->rflags & ~FLAGS_ARITH) | flags;
    return true;
}

static void bit_operation(const struct insn *insn, uint64_t bit, struct store *s)
{
    uint64_t mask = 1ul << (bit & (8 * insn->size - 1));
    unsigned int op = insn->opcode == OPCODE_0F(0xba) ? insn->reg & 3 : (insn->opcode >> 3) & 3;

    s->rflags = (s->rflags & ~1ul) | !!(s->old & mask);
    /* 1 bts, 2 btr, 3 btc */
    s->value = op == 1 ? s->old | mask : op == 2 ? s->old & ~mask : s->old ^ mask;
}

static bool compute(struct regs *r, const struct insn *insn, uint64_t reg, struct store *s)
{
    unsigned int size = insn->size;

    s->write = true;
    switch (insn->opcode) {
    case 0x88:
    case 0x89:
        s->value = reg;
        return true;
    case 0xc6:
    case 0xc7:
        s->value = insn->imm;
        return (insn->reg & 7) == 0;
    case 0x86:
    case 0x87:
        s->value = reg;
        s->source = s->old;
        s->set_source = true;
        return true;
    case 0x80:
    case 0x81:
    case 0x83:
        return arithmetic(insn->reg & 7, insn->imm, size, s);
    case OPCODE_0F(0xb0):
    case OPCODE_0F(0xb1): {
        uint64_t expect = truncate(r->rax, size);
        s->rflags = (s->rflags & ~FLAGS_ARITH) | sub_flags(expect, s->old, size);
        s->write = expect == s->old;
        s->value = reg;
        return true;
    }
    case OPCODE_0F(0xc0):
    case OPCODE_0F(0xc1):
        s->source = s->old;
        s->set_source = true;
        return arithmetic(0, reg, size, s);
    case OPCODE_0F(0xba):
        if ((insn->reg & 7) < 5)
            return false;
        bit_operation(insn, insn->imm, s);
        return true;
    case OPCODE_0F(0xab):
    case OPCODE_0F(0xb3):
    case OPCODE_0F(0xbb):
        bit_operation(insn, reg, s);
        return true;
    case 0xaa:
    case 0xab:
        s->value = r->rax;
        return true;
    default:
        return insn->opcode < 0x40 && arithmetic(insn->opcode >> 3, reg, size, s);
    }
}

static bool is_string(const struct insn *insn)
{
    return insn->opcode == 0xa4 || insn->opcode == 0xa5 || insn->opcode == 0xaa || insn->opcode == 0xab;
}

/* Where the operand is. A bit index in a register reaches beyond the operand's own address. */
static uint64_t operand_address(struct regs *r, const struct insn *insn, uint64_t reg)
{
    if (is_string(insn))
        return r->rdi;
    if (insn->opcode == OPCODE_0F(0xab) || insn->opcode == OPCODE_0F(0xb3) || insn->opcode == OPCODE_0F(0xbb)) {
        unsigned int unused = 64 - 8 * insn->size;
        int64_t index = (int64_t)(reg << unused) >> unused;
        return insn->address + (uint64_t)(index >> (insn->size == 8 ? 6 : insn->size == 4 ? 5 : 4)) * insn->size;
    }
    return insn->address;
}

/* Registers and flags after the store; one iteration of a repeated string instruction stays on it. */
static void retire(struct regs *r, const struct insn *insn, const struct store *s)
{
    unsigned int size = insn->size;

    if (s->set_source)
        decode_write_register(r, insn, insn->reg, size, s->source);
    if ((insn->opcode == OPCODE_0F(0xb0) || insn->opcode == OPCODE_0F(0xb1)) && !s->write)
        decode_write_register(r, insn, 0, size, s->old);
    r->rflags = s->rflags & ~RFLAGS_RF;
    if (is_string(insn)) {
        uint64_t step = r->rflags & RFLAGS_DF ? -(uint64_t)size : size;
        r->rdi += step;
        if (insn->opcode < 0xaa)
            r->rsi += step;
        if (insn->rep && --r->rcx)
            return;
    }
    r->rip += insn->length;
}

bool ptwr_fault(struct vcpu *v, struct regs *r, uint64_t va)
{
    struct store s = {.rflags = r->rflags};
    struct insn insn;
    uint64_t entries[4];

    if (!(v->domain->vm_assist & 1u << VMASST_TYPE_writable_pagetables))
        return false;
    /* Not worth decoding unless it hit one of the domain's l1 tables. */
    if (!pt_walk_va(v->root_kernel, va, entries) || entries[3] & PTE_RW || !frame_valid(pte_mfn(entries[3])) ||
        frame_type(frame_of(pte_mfn(entries[3]))) != FRAME_L1)
        return false;
    if (!decode_insn(r, &insn) || insn.mod == 3)
        return false;
    uint64_t reg = decode_read_register(r, &insn, insn.reg, insn.size);
    uint64_t address = operand_address(r, &insn, reg);
    /* Within one entry, and the one that faulted. */
    if (address >> 3 != va >> 3 || (address & 7) + insn.size > 8)
        return false;
    if (!guest_read(&s.old, address, insn.size))
        return false;
    if (insn.opcode == 0xa4 || insn.opcode == 0xa5) {
        if (!guest_read(&s.value, r->rsi, insn.size))
            return false;
        s.write = true;
    } else if (!compute(r, &insn, reg, &s)) {
        return false;
    }
    if (s.write) {
        long rc = pt_emulated_write(v, address, s.old, truncate(s.value, insn.size), insn.size, true);
        if (rc == PT_WRITE_MISMATCH || rc == -XEN_ERESTART)
            return true; /* changed meanwhile, or unfinished work to be done first: the store faults again */
        if (rc != PT_WRITE_DONE)
            return false;
    }
    retire(r, &insn, &s);
    if (r->rflags & RFLAGS_TF) {
        v->debugreg[6] |= 1ul << 14;
        bounce_exception(v, r, 1, 0);
    }
    return true;
}
