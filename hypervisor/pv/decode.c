/* SPDX-License-Identifier: MIT */
/* The decoder's table and its one pass over the bytes. What is not in the table is not ours to emulate. */
#include "pv/emulate.h"
#include "pv/pv.h"

#define D_YES   0x01 /* known; the operand is 2, 4 or 8 bytes */
#define D_SIZED 0x03 /* known; and of one byte if the opcode is even */
#define D_MEM   0x05 /* known; ModRM follows */
#define D_BOTH  (D_SIZED | D_MEM)
#define D_IMM8  0x08
#define D_IMMZ  0x10 /* 1, 2 or 4 bytes by operand size */
#define D_PREFIX 0x80

#define MAX_LENGTH 15u

static const uint8_t one_byte[256] = {
    [0x00 ... 0x01] = D_BOTH, [0x08 ... 0x09] = D_BOTH,                           /* add, or */
    [0x20 ... 0x21] = D_BOTH, [0x28 ... 0x29] = D_BOTH, [0x30 ... 0x31] = D_BOTH, /* and, sub, xor */
    [0x26] = D_PREFIX, [0x2e] = D_PREFIX, [0x36] = D_PREFIX, [0x3e] = D_PREFIX,   /* segments that mean nothing */
    [0x66] = D_PREFIX, [0xf0] = D_PREFIX, [0xf2 ... 0xf3] = D_PREFIX,
    [0x6c ... 0x6f] = D_SIZED,                                                    /* ins, outs */
    [0x80 ... 0x81] = D_BOTH | D_IMMZ, [0x83] = D_MEM | D_IMM8,                   /* op r/m, imm */
    [0x86 ... 0x89] = D_BOTH,                                                     /* xchg; mov r/m, r */
    [0xa4 ... 0xa5] = D_SIZED, [0xaa ... 0xab] = D_SIZED,                         /* movs, stos */
    [0xc6 ... 0xc7] = D_BOTH | D_IMMZ,                                            /* mov r/m, imm */
    [0xe4 ... 0xe7] = D_SIZED | D_IMM8, [0xec ... 0xef] = D_SIZED,                /* in, out */
    [0xfa ... 0xfb] = D_YES,                                                      /* cli, sti */
};

static const uint8_t two_byte[256] = {
    [0x00 ... 0x01] = D_MEM,                                                      /* sldt str; sgdt ... xsetbv */
    [0x06] = D_YES, [0x08 ... 0x09] = D_YES,                                      /* clts; invd, wbinvd */
    [0x20 ... 0x23] = D_MEM,                                                      /* mov cr, dr */
    [0x30] = D_YES, [0x32] = D_YES, [0xa2] = D_YES,                               /* wrmsr, rdmsr; cpuid */
    [0xab] = D_MEM, [0xb3] = D_MEM, [0xbb] = D_MEM, [0xba] = D_MEM | D_IMM8,      /* bts btr btc */
    [0xb0 ... 0xb1] = D_BOTH,                                                     /* cmpxchg */
};

/* The next byte to look at. Only decode_insn() asks, at its end, whether it was still the instruction's. */
typedef const uint8_t *cursor;

static inline uint8_t next(cursor *c)
{
    return *(*c)++;
}

static inline uint64_t next_signed(cursor *c, unsigned int bytes)
{
    cursor at = *c;

    *c += bytes;
    return bytes == 1   ? (uint64_t)*(const int8_t *)at
           : bytes == 2 ? (uint64_t)*(const int16_t *)at
                        : (uint64_t)*(const int32_t *)at;
}

#define BUFFER 32u /* prefixes, opcode, ModRM, SIB, displacement and immediate at their longest end in it */

/* How many bytes may be the instruction's: it may end right before an unreadable page. 0: not even one is readable. */
static inline unsigned int fetch(uint8_t *byte, uint64_t rip)
{
    unsigned int in_page = (unsigned int)(PAGE_SIZE - (rip & (PAGE_SIZE - 1)));

    if (likely(in_page > MAX_LENGTH))
        return guest_read(byte, rip, MAX_LENGTH + 1) ? MAX_LENGTH : 0;
    memset(byte, 0, BUFFER);
    if (guest_read(byte, rip, MAX_LENGTH))
        return MAX_LENGTH;
    return guest_read(byte, rip, in_page) ? in_page : 0;
}

uint64_t *decode_register(struct regs *r, unsigned int n)
{
#define AT(name) offsetof(struct regs, name)
    static const uint8_t at[16] = {AT(rax), AT(rcx), AT(rdx), AT(rbx), AT(rsp), AT(rbp), AT(rsi), AT(rdi),
                                   AT(r8),  AT(r9),  AT(r10), AT(r11), AT(r12), AT(r13), AT(r14), AT(r15)};
#undef AT
    return (uint64_t *)((char *)r + at[n & 15]);
}

static bool is_high_byte(const struct insn *insn, unsigned int n, unsigned int size)
{
    return size == 1 && !insn->rex && n >= 4 && n < 8;
}

uint64_t decode_read_register(struct regs *r, const struct insn *insn, unsigned int n, unsigned int size)
{
    if (is_high_byte(insn, n, size))
        return *decode_register(r, n - 4) >> 8 & 0xff;
    return *decode_register(r, n) & ~0ul >> (64 - 8 * size);
}

void decode_write_register(struct regs *r, const struct insn *insn, unsigned int n, unsigned int size,
                           uint64_t value)
{
    bool high = is_high_byte(insn, n, size);
    uint64_t *p = decode_register(r, high ? n - 4 : n), mask = (~0ul >> (64 - 8 * size)) << (high ? 8 : 0);

    *p = (size >= 4 ? 0 : *p & ~mask) | (value << (high ? 8 : 0) & mask);
}

/* The address of a memory operand; rip-relative ones are finished when the length is known. */
static inline uint64_t decode_address(cursor *c, struct regs *r, const struct insn *insn, bool *rip_relative)
{
    unsigned int base = (insn->modrm & 7) | (insn->rex & 1) << 3;
    bool sib = (base & 7) == 4;
    uint64_t address = 0;

    if (sib) {
        uint8_t byte = next(c);
        unsigned int index = (byte >> 3 & 7) | (insn->rex & 2) << 2;

        base = (byte & 7) | (insn->rex & 1) << 3;
        if (index != 4)
            address = *decode_register(r, index) << (byte >> 6);
    }
    if ((base & 7) == 5 && insn->mod == 0) {
        *rip_relative = !sib;
        return address + next_signed(c, 4);
    }
    address += *decode_register(r, base);
    return address + (insn->mod ? next_signed(c, insn->mod == 1 ? 1 : 4) : 0);
}

/* Prefixes into insn; gives the first byte that is none. */
static inline uint8_t decode_prefixes(cursor *c, struct insn *insn)
{
    for (unsigned int n = 0; n < MAX_LENGTH; n++) {
        uint8_t byte = next(c);

        if ((byte & 0xf0) == 0x40) {
            insn->rex = byte;
            break;
        }
        if (likely(!(one_byte[byte] & D_PREFIX)))
            return byte;
        if (byte == 0x66)
            insn->opsize16 = true;
        else if (byte == 0xf0)
            insn->lock = true;
        else if (byte >= 0xf2)
            insn->rep = true;
    }
    return next(c);
}

/* Moves to and from control and debug registers ignore mod: always a register. */
static bool moves_register(uint16_t opcode)
{
    return opcode >= OPCODE_0F(0x20) && opcode <= OPCODE_0F(0x23);
}

static inline void decode_modrm(cursor *c, struct insn *insn)
{
    insn->modrm = next(c);
    insn->mod = insn->modrm >> 6;
    insn->reg = (insn->modrm >> 3 & 7) | (insn->rex & 4) << 1;
    insn->rm = (insn->modrm & 7) | (insn->rex & 1) << 3;
    if (moves_register(insn->opcode))
        insn->mod = 3;
}

/* Whatever has no prefix and no memory operand lies in one word. */
bool decode_short(const struct regs *r, struct insn *insn)
{
    unsigned int at = 8; /* bits */
    uint64_t code;
    uint8_t d;

    if (!guest_read(&code, r->rip, sizeof(code)))
        return false;
    *insn = (struct insn){.opcode = (uint8_t)code, .mod = 3};
    d = one_byte[(uint8_t)code];
    if ((uint8_t)code == 0x0f) {
        insn->opcode = OPCODE_0F((uint8_t)(code >> 8));
        d = two_byte[(uint8_t)(code >> 8)];
        at = 16;
    }
    if (!d || d & (D_IMMZ | D_PREFIX))
        return false;
    insn->size = (d & 2) && !(insn->opcode & 1) ? 1 : 4;
    if (d & 4) {
        insn->modrm = (uint8_t)(code >> at);
        insn->reg = insn->modrm >> 3 & 7;
        insn->rm = insn->modrm & 7;
        if (insn->modrm < 0xc0 && !moves_register(insn->opcode))
            return false;
        at += 8;
    }
    if (d & D_IMM8) {
        insn->imm = (uint64_t)(int8_t)(code >> at);
        at += 8;
    }
    insn->length = (uint8_t)(at / 8);
    return true;
}

bool decode_insn(struct regs *r, struct insn *insn)
{
    bool rip_relative = false;
    uint8_t byte[BUFFER], d;
    cursor c = byte;
    unsigned int limit = fetch(byte, r->rip);

    if (!limit)
        return false;
    *insn = (struct insn){.mod = 3};
    insn->opcode = decode_prefixes(&c, insn);
    d = one_byte[insn->opcode];
    if (insn->opcode == 0x0f) {
        insn->opcode = OPCODE_0F(next(&c));
        d = two_byte[insn->opcode & 0xff];
    }
    if (!(d & D_YES))
        return false;
    insn->size = (d & 2) && !(insn->opcode & 1) ? 1 : insn->rex & 8 ? 8 : insn->opsize16 ? 2 : 4;
    if (d & 4)
        decode_modrm(&c, insn);
    if (insn->mod != 3)
        insn->address = decode_address(&c, r, insn, &rip_relative);
    if (d & D_IMM8)
        insn->imm = next_signed(&c, 1);
    else if (d & D_IMMZ)
        insn->imm = next_signed(&c, min(insn->size, 4));
    insn->length = (uint8_t)(c - byte);
    if (rip_relative)
        insn->address += r->rip + insn->length;
    return insn->length <= limit;
}
