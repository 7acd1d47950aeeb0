/* SPDX-License-Identifier: MIT */
/* The decoder's table and its one pass over the bytes. What is not in the table is not ours to emulate. */
#include "pv/decode.h"
#include "domain/guest_copy.h"
#include "machine/insn.h"

#define D_YES   0x01 /* known */
#define D_MODRM 0x02
#define D_BYTE  0x04 /* operand is one byte */
#define D_IMM8  0x08
#define D_IMMZ  0x10 /* 2 or 4 bytes by operand size */
#define D_MEM   (D_YES | D_MODRM)

static const uint8_t one_byte[256] = {
    [0x00] = D_MEM | D_BYTE, [0x01] = D_MEM, /* add */
    [0x08] = D_MEM | D_BYTE, [0x09] = D_MEM, /* or */
    [0x20] = D_MEM | D_BYTE, [0x21] = D_MEM, /* and */
    [0x28] = D_MEM | D_BYTE, [0x29] = D_MEM, /* sub */
    [0x30] = D_MEM | D_BYTE, [0x31] = D_MEM, /* xor */
    [0x6c] = D_YES | D_BYTE, [0x6d] = D_YES, [0x6e] = D_YES | D_BYTE, [0x6f] = D_YES, /* ins, outs */
    [0x80] = D_MEM | D_BYTE | D_IMM8, [0x81] = D_MEM | D_IMMZ, [0x83] = D_MEM | D_IMM8, /* op r/m, imm */
    [0x86] = D_MEM | D_BYTE, [0x87] = D_MEM, /* xchg */
    [0x88] = D_MEM | D_BYTE, [0x89] = D_MEM, /* mov r/m, r */
    [0xa4] = D_YES | D_BYTE, [0xa5] = D_YES, [0xaa] = D_YES | D_BYTE, [0xab] = D_YES, /* movs, stos */
    [0xc6] = D_MEM | D_BYTE | D_IMM8, [0xc7] = D_MEM | D_IMMZ, /* mov r/m, imm */
    [0xe4] = D_YES | D_BYTE | D_IMM8, [0xe5] = D_YES | D_IMM8, /* in */
    [0xe6] = D_YES | D_BYTE | D_IMM8, [0xe7] = D_YES | D_IMM8, /* out */
    [0xec] = D_YES | D_BYTE, [0xed] = D_YES, [0xee] = D_YES | D_BYTE, [0xef] = D_YES,
    [0xfa] = D_YES, [0xfb] = D_YES, /* cli, sti */
};

static const uint8_t two_byte[256] = {
    [0x00] = D_MEM, [0x01] = D_MEM,                  /* sldt str; sgdt sidt smsw lmsw xsetbv */
    [0x06] = D_YES, [0x08] = D_YES, [0x09] = D_YES,  /* clts, invd, wbinvd */
    [0x20] = D_MEM, [0x21] = D_MEM, [0x22] = D_MEM, [0x23] = D_MEM, /* mov cr, dr */
    [0x30] = D_YES, [0x32] = D_YES,                  /* wrmsr, rdmsr */
    [0xa2] = D_YES,                                  /* cpuid */
    [0xab] = D_MEM, [0xb3] = D_MEM, [0xbb] = D_MEM, [0xba] = D_MEM | D_IMM8, /* bts btr btc */
    [0xb0] = D_MEM | D_BYTE, [0xb1] = D_MEM,         /* cmpxchg */
    [0xc0] = D_MEM | D_BYTE, [0xc1] = D_MEM,         /* xadd */
};

struct cursor {
    uint8_t byte[15];
    unsigned int have, at;
    bool overrun;
};

static uint8_t next(struct cursor *c)
{
    if (c->at >= c->have) {
        c->overrun = true;
        return 0;
    }
    return c->byte[c->at++];
}

static int64_t next_signed(struct cursor *c, unsigned int bytes)
{
    uint64_t v = 0;

    for (unsigned int i = 0; i < bytes; i++)
        v |= (uint64_t)next(c) << (8 * i);
    unsigned int unused = 64 - 8 * bytes;
    return (int64_t)(v << unused) >> unused;
}

/* An instruction may end right before an unreadable page: take what is there. */
static bool fetch(struct cursor *c, uint64_t rip)
{
    c->at = 0;
    c->overrun = false;
    c->have = sizeof(c->byte);
    if (guest_read(c->byte, rip, c->have))
        return true;
    c->have = (unsigned int)(PAGE_SIZE - (rip & (PAGE_SIZE - 1)));
    return c->have < sizeof(c->byte) && guest_read(c->byte, rip, c->have);
}

uint64_t *decode_register(struct regs *r, unsigned int n)
{
    uint64_t *const registers[16] = {&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp, &r->rsi, &r->rdi,
                                     &r->r8,  &r->r9,  &r->r10, &r->r11, &r->r12, &r->r13, &r->r14, &r->r15};
    return registers[n & 15];
}

uint64_t decode_read_register(struct regs *r, const struct insn *insn, unsigned int n, unsigned int size)
{
    if (size == 1 && !insn->rex && n >= 4 && n < 8)
        return *decode_register(r, n - 4) >> 8 & 0xff;
    uint64_t v = *decode_register(r, n);
    return size == 8 ? v : v & ((1ul << (8 * size)) - 1);
}

void decode_write_register(struct regs *r, const struct insn *insn, unsigned int n, unsigned int size,
                           uint64_t value)
{
    if (size == 1 && !insn->rex && n >= 4 && n < 8) {
        uint64_t *p = decode_register(r, n - 4);
        *p = (*p & ~0xff00ul) | (value & 0xff) << 8;
        return;
    }
    uint64_t *p = decode_register(r, n);
    if (size >= 4) {
        *p = size == 8 ? value : (uint32_t)value;
    } else {
        uint64_t mask = (1ul << (8 * size)) - 1;
        *p = (*p & ~mask) | (value & mask);
    }
}

/* The address of a memory operand; rip-relative ones are finished when the length is known. */
static uint64_t decode_address(struct cursor *c, const struct regs *regs, struct insn *insn, bool *rip_relative)
{
    struct regs *r = (struct regs *)regs; /* decode_register hands out writable pointers; we only read */
    unsigned int rm = insn->modrm & 7;
    uint64_t address = 0;

    if (rm == 4) {
        uint8_t sib = next(c);
        unsigned int index = (sib >> 3 & 7) | (insn->rex & 2) << 2;
        unsigned int base = (sib & 7) | (insn->rex & 1) << 3;
        if (index != 4)
            address = *decode_register(r, index) << (sib >> 6);
        if ((sib & 7) == 5 && insn->mod == 0)
            address += (uint64_t)next_signed(c, 4);
        else
            address += *decode_register(r, base);
    } else if (rm == 5 && insn->mod == 0) {
        *rip_relative = true;
        address = (uint64_t)next_signed(c, 4);
    } else {
        address = *decode_register(r, rm | (insn->rex & 1) << 3);
    }
    if (insn->mod == 1)
        address += (uint64_t)next_signed(c, 1);
    else if (insn->mod == 2)
        address += (uint64_t)next_signed(c, 4);
    return address;
}

bool decode_insn(const struct regs *regs, struct insn *insn)
{
    struct cursor c;
    bool address32 = false, rip_relative = false;
    uint8_t segment = 0, byte;

    *insn = (struct insn){0};
    if (!fetch(&c, regs->rip))
        return false;
    for (;;) {
        byte = next(&c);
        if (byte == 0x66)
            insn->opsize16 = true;
        else if (byte == 0x67)
            address32 = true;
        else if (byte == 0xf0)
            insn->lock = true;
        else if (byte == 0xf2 || byte == 0xf3)
            insn->rep = true;
        else if (byte == 0x64 || byte == 0x65)
            segment = byte;
        else if (byte != 0x2e && byte != 0x36 && byte != 0x3e && byte != 0x26)
            break;
        if (c.overrun)
            return false;
    }
    if ((byte & 0xf0) == 0x40) {
        insn->rex = byte;
        byte = next(&c);
    }
    insn->opcode = byte;
    uint8_t d = one_byte[byte];
    if (byte == 0x0f) {
        byte = next(&c);
        insn->opcode = OPCODE_0F(byte);
        d = two_byte[byte];
    }
    if (!d || c.overrun)
        return false;
    insn->size = d & D_BYTE ? 1 : insn->rex & 8 ? 8 : insn->opsize16 ? 2 : 4;
    if (d & D_MODRM) {
        insn->modrm = next(&c);
        insn->mod = insn->modrm >> 6;
        insn->reg = (insn->modrm >> 3 & 7) | (insn->rex & 4) << 1;
        insn->rm = (insn->modrm & 7) | (insn->rex & 1) << 3;
        /* Moves to and from control and debug registers ignore mod: always a register. */
        if (insn->opcode >= OPCODE_0F(0x20) && insn->opcode <= OPCODE_0F(0x23))
            insn->mod = 3;
        if (insn->mod != 3)
            insn->address = decode_address(&c, regs, insn, &rip_relative);
    }
    if (d & D_IMM8)
        insn->imm = (uint64_t)next_signed(&c, 1);
    else if (d & D_IMMZ)
        insn->imm = (uint64_t)next_signed(&c, insn->size == 2 ? 2 : 4);
    if (c.overrun)
        return false;
    insn->length = (uint8_t)c.at;
    if (rip_relative)
        insn->address += regs->rip + c.at;
    if (address32)
        insn->address = (uint32_t)insn->address;
    if (segment && (d & D_MODRM) && insn->mod != 3)
        insn->address += rdmsr(segment == 0x64 ? MSR_FS_BASE : MSR_GS_BASE);
    return true;
}
