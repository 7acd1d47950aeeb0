/* SPDX-License-Identifier: MIT */
/*
 * Port I/O of guests. The privilege is the ABI's (iopl, I/O bitmap); behind it there is no device: reads give all
 * ones and writes vanish, except ports at which guests wait for a bit to clear: the PIT's, and the clock chip's data.
 */
#include "machine/insn.h"
#include "pv/emulate.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

bool emulate_iopl_ok(const struct vcpu *v)
{
    /* By default a guest's kernel counts as ring 1; with the architectural_iopl assist as ring 0. */
    return v->iopl >= (!v->kernel_mode ? 3 : !v->show_iopl);
}

static bool port_ok(struct vcpu *v, uint16_t port, unsigned int size)
{
    bool from_user = !v->kernel_mode, read;
    uint16_t bits;

    if (emulate_iopl_ok(v))
        return true;
    if (!v->iobmp || port + size > v->iobmp_ports)
        return false;
    /* The bitmap is in the guest kernel's memory, which user roots need not map. */
    mode_enter_kernel(v);
    read = guest_read(&bits, v->iobmp + port / 8, 2);
    if (from_user)
        mode_enter_user(v);
    return read && !(bits >> (port & 7) & ((1u << size) - 1));
}

bool emulate_io(struct vcpu *v, struct regs *r, const struct insn *insn, bool *again)
{
    unsigned int size = insn->size == 8 ? 4 : insn->size;
    bool immediate = insn->opcode >= 0xe4 && insn->opcode <= 0xe7;
    bool string = insn->opcode <= 0x6f;
    bool in = string ? insn->opcode <= 0x6d : !(insn->opcode & 2);
    uint16_t port = immediate ? (uint8_t)insn->imm : (uint16_t)r->rdx;
    uint64_t step = r->rflags & RFLAGS_DF ? -(uint64_t)size : size;
    uint64_t value = (port & ~3u) == 0x40 || port == 0x61 || port == 0x71 ? 0 : ~0ul;

    if (!port_ok(v, port, size))
        return false;
    if (!string) {
        uint64_t mask = ~0ul >> (64 - 8 * size);

        if (in)
            r->rax = (size == 4 ? 0 : r->rax & ~mask) | (value & mask);
        return true;
    }
    if (insn->rep && !r->rcx)
        return true;
    if (!(in ? guest_write(r->rdi, &value, size) : guest_read(&value, r->rsi, size)))
        return false;
    *(in ? &r->rdi : &r->rsi) += step;
    /* One element a trap: bounded, and events get in between. */
    *again = insn->rep && --r->rcx;
    return true;
}
