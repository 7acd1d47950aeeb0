/* SPDX-License-Identifier: MIT */
/*
 * Trapped page-table writes. Every operation becomes "replace what I read by this": take the operand from the entry,
 * have the CPU compute on copies of both operands, and let pv/pagetable put the result there if nothing has changed
 * meanwhile. A lost race just faults again.
 */
#include "machine/insn.h"
#include "pv/emulate.h"
#include "pv/pagetable.h"

#define FLAGS_ARITH 0x8d5ul /* CF PF AF ZF SF OF */
#define RFLAGS_ZF   0x40ul

struct store {
    uint64_t old, value;   /* of the memory operand */
    bool compared;         /* cmpxchg that differs: no store, and rax changes */
    bool exchanged;        /* xchg: the register gets the old value */
    uint64_t rflags;
};

/* The instruction itself, on registers and in the operand's size: its result and its flags are those the guest sees. */
#define RUN(insn, suffix, modifier)                                                                \
    asm(insn suffix " %" modifier "2, %" modifier "0\n\tpushfq\n\tpopq %1"                         \
        : "+q"(a), "=r"(flags)                                                                     \
        : "q"(b)                                                                                   \
        : "cc")
#define CASE(number, insn)                                                                         \
    case number:                                                                                   \
        if (size == 1)                                                                             \
            RUN(insn, "b", "b");                                                                   \
        else if (size == 2)                                                                        \
            RUN(insn, "w", "w");                                                                   \
        else if (size == 4)                                                                        \
            RUN(insn, "l", "k");                                                                   \
        else                                                                                       \
            RUN(insn, "q", "q");                                                                   \
        break

/* a op b, by the operations' number in opcodes 00..3f and 80..83; false for those not done on page tables. */
static bool arithmetic(unsigned int op, uint64_t a, uint64_t b, unsigned int size, struct store *s)
{
    uint64_t flags;

    switch (op) {
        CASE(0, "add");
        CASE(1, "or");
        CASE(4, "and");
        CASE(5, "sub");
        CASE(6, "xor");
    default:
        return false;
    }
    s->value = a;
    s->rflags = (s->rflags & ~FLAGS_ARITH) | (flags & FLAGS_ARITH);
    return true;
}

/* By the operation's number in the opcodes: 1 bts, 2 btr, 3 btc. */
static bool bit_operation(unsigned int op, uint64_t bit, unsigned int size, struct store *s)
{
    uint64_t mask = 1ul << (bit & (8 * size - 1));

    s->rflags = (s->rflags & ~1ul) | !!(s->old & mask);
    s->value = op == 1 ? s->old | mask : op == 2 ? s->old & ~mask : s->old ^ mask;
    return op != 0;
}

static bool compute(struct regs *r, const struct insn *insn, uint64_t reg, struct store *s)
{
    unsigned int size = insn->size, op = insn->reg & 7;

    s->value = reg;
    switch (insn->opcode) {
    case 0x88 ... 0x89:
        return true;
    case 0xc6 ... 0xc7:
        s->value = insn->imm;
        return op == 0;
    case 0x86 ... 0x87:
        s->exchanged = true;
        return true;
    case 0x80 ... 0x83:
        return arithmetic(op, s->old, insn->imm, size, s);
    case 0xa4 ... 0xa5:
        return guest_read(&s->value, r->rsi, size);
    case 0xaa ... 0xab:
        s->value = r->rax;
        return true;
    case OPCODE_0F(0xb0)... OPCODE_0F(0xb1):
        arithmetic(5, r->rax, s->old, size, s);
        s->compared = !(s->rflags & RFLAGS_ZF);
        s->value = reg;
        return true;
    case OPCODE_0F(0xba):
        return op > 4 && bit_operation(op & 3, insn->imm, size, s);
    case OPCODE_0F(0xab):
    case OPCODE_0F(0xb3):
    case OPCODE_0F(0xbb): /* of more bits than the operand has, the memory beyond would be meant */
        return reg < 8 * size && bit_operation(insn->opcode >> 3 & 3, reg, size, s);
    default:
        return insn->opcode < 0x40 && arithmetic(insn->opcode >> 3, s->old, reg, size, s);
    }
}

static bool is_string(const struct insn *insn)
{
    return insn->opcode >= 0xa4 && insn->opcode <= 0xab;
}

/* Registers and flags after the store. True: one iteration of a repeated string instruction, which stays on it. */
static bool retire(struct regs *r, const struct insn *insn, const struct store *s)
{
    uint64_t step = r->rflags & RFLAGS_DF ? -(uint64_t)insn->size : insn->size;

    if (s->exchanged)
        decode_write_register(r, insn, insn->reg, insn->size, s->old);
    if (s->compared)
        decode_write_register(r, insn, 0, insn->size, s->old);
    r->rflags = s->rflags;
    if (!is_string(insn))
        return false;
    r->rdi += step;
    if (insn->opcode < 0xaa)
        r->rsi += step;
    return insn->rep && --r->rcx;
}

struct trapped {
    struct regs *regs;
    uint64_t va;
    struct insn insn;
    struct store store;
};

/*
 * What kernels mostly do, at half the cost: mov or cmpxchg of a whole entry, whose address is a register or that and
 * a byte, so that all of it lies in one word. False: nothing is said, the general way decides.
 */
static ALWAYS_INLINE bool change_whole(struct trapped *t, uint64_t *entry)
{
    struct regs *r = t->regs;
    uint64_t code, address, a = r->rax, b = *entry, flags;
    bool lock, compare;
    uint8_t rex, modrm;

    if (!guest_read(&code, r->rip, sizeof(code)))
        return false;
    lock = (uint8_t)code == 0xf0;
    code >>= lock ? 8 : 0;
    rex = (uint8_t)code;
    compare = (code & 0xfffff8) == 0xb10f48;             /* REX.W 0f b1 */
    if (!compare && (lock || (code & 0xfff8) != 0x8948)) /* REX.W 89 */
        return false;
    modrm = (uint8_t)(code >>= compare ? 24 : 16);
    /* A wider displacement or a register operand; SIB; rip-relative. */
    if (modrm >= 0x80 || (modrm & 7) == 4 || (modrm & 0xc7) == 5)
        return false;
    address = *decode_register(r, (modrm & 7) | (rex & 1) << 3);
    if (modrm & 0x40)
        address += (uint64_t)(int8_t)(code >> 8);
    if (address != t->va || (address & 7))
        return false;
    t->insn = (struct insn){.length = (uint8_t)(3 + lock + compare + (modrm >> 6)), .size = sizeof(*entry)};
    t->store.old = b;
    t->store.rflags = r->rflags;
    if (compare) {
        RUN("sub", "q", "q");
        t->store.rflags = (r->rflags & ~FLAGS_ARITH) | (flags & FLAGS_ARITH);
        t->store.compared = !(flags & RFLAGS_ZF);
    }
    if (!t->store.compared)
        *entry = *decode_register(r, (modrm >> 3 & 7) | (rex & 4) << 1);
    return true;
}

/* What the instruction makes of the entry. */
static bool change(void *context, uint64_t *entry)
{
    struct trapped *t = context;
    struct insn *insn = &t->insn;
    struct store *s = &t->store;
    uint64_t reg, address, mask;
    unsigned int shift;

    if (likely(change_whole(t, entry)))
        return true;
    if (!decode_insn(t->regs, insn) || (insn->mod == 3 && !is_string(insn)))
        return false;
    reg = decode_read_register(t->regs, insn, insn->reg, insn->size);
    address = is_string(insn) ? t->regs->rdi : insn->address;
    /* Within one entry, and the one that faulted. */
    if (address >> 3 != t->va >> 3 || (address & 7) + insn->size > 8)
        return false;
    shift = (address & 7) * 8;
    mask = ~0ul >> (64 - 8 * insn->size);
    s->old = *entry >> shift & mask;
    s->rflags = t->regs->rflags;
    if (!compute(t->regs, insn, reg, s))
        return false;
    if (!s->compared) /* the smaller store is merged into the entry */
        *entry = (*entry & ~(mask << shift)) | (s->value & mask) << shift;
    return true;
}

bool ptwr_fault(struct vcpu *v, struct regs *r, uint64_t va)
{
    struct trapped t;
    long rc;

    t.regs = r;
    t.va = va;
    t.store.compared = t.store.exchanged = false;
    rc = pt_emulated_write(v, va, change, &t);
    if (likely(rc == PT_WRITE_DONE))
        emulate_finish(v, r, &t.insn, retire(r, &t.insn, &t.store));
    return rc == PT_WRITE_DONE || rc == PT_WRITE_AGAIN;
}
