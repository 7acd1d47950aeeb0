/* SPDX-License-Identifier: MIT */
/* Emulation of privileged instructions: which there are, and the control registers as a guest sees them. */
#include "machine/fpu.h"
#include "machine/insn.h"
#include "machine/layout.h"
#include "pv/bounce.h"
#include "pv/emulate.h"
#include "pv/pagetable.h"
#include "pv/vcpu_state.h"

#define VECTOR_UD 6
#define VECTOR_GP 13
#define XEC_IDT   2u

/* CR4 bits a guest may see and set; FSGSBASE and OSXSAVE only where the CPU has them. */
#define GUEST_CR4_SETTABLE (CR4_FSGSBASE | CR4_OSXSAVE | CR4_DE | 4ul /* TSD */)

static uint64_t guest_cr0(const struct vcpu *v)
{
    return (read_cr0() & ~CR0_TS) | v->ctrlreg_cr0;
}

/* Only TS can change: the other bits among `checked` must be as they are. */
static bool set_guest_cr0(struct vcpu *v, uint64_t value, uint64_t checked)
{
    if ((value ^ guest_cr0(v)) & checked)
        return false;
    task_set_ts(v, value & GUEST_CR0_TS);
    return true;
}

static bool mov_from_cr(const struct vcpu *v, struct regs *r, const struct insn *insn)
{
    uint64_t *to = decode_register(r, insn->rm);

    switch (insn->reg) {
    case 0:
        *to = guest_cr0(v);
        return true;
    case 2:
        *to = v->cr2;
        return true;
    case 3:
        *to = v->root_kernel << PAGE_SHIFT;
        return true;
    case 4:
        *to = v->ctrlreg_cr4;
        return true;
    default:
        return false;
    }
}

static bool mov_to_cr(struct vcpu *v, struct regs *r, const struct insn *insn, bool *again)
{
    uint64_t value = *decode_register(r, insn->rm);
    long rc;

    switch (insn->reg) {
    case 0:
        return set_guest_cr0(v, value, ~CR0_TS);
    case 2:
        v->cr2 = value;
        v->info->arch.cr2 = value;
        return true;
    case 3:
        rc = pt_set_base(v, value >> PAGE_SHIFT);
        *again = rc == -XEN_ERESTART;
        return !rc || *again;
    case 4: /* over what every PV guest finds (PAE, OSFXSR, OSXMMEXCPT) */
        value = (value & GUEST_CR4_SETTABLE) | (v->ctrlreg_cr4 & ~GUEST_CR4_SETTABLE);
        v->ctrlreg_cr4 = value & (read_cr4() | ~(CR4_FSGSBASE | CR4_OSXSAVE));
        return true;
    default:
        return false;
    }
}

static bool write_operand(struct regs *r, const struct insn *insn, uint64_t value)
{
    if (insn->mod != 3)
        return guest_write(insn->address, &value, 2);
    decode_write_register(r, insn, insn->rm, insn->size, value);
    return true;
}

/*
 * sgdt, sidt, smsw, sldt, str trap only where UMIP is on. They tell the guest about its own machine, not ours: no
 * tables where the CPU's are, its own CR0.
 */
static bool store_table(struct vcpu *v, struct regs *r, const struct insn *insn)
{
    const struct table_register none = {.limit = 0, .base = HYPERVISOR_START};
    unsigned int op = insn->reg & 7;

    if (insn->opcode == OPCODE_0F(0x00))
        return op <= 1 && write_operand(r, insn, 0);
    if (op <= 1 && insn->mod != 3)
        return guest_write(insn->address, &none, sizeof(none));
    return op == 4 && write_operand(r, insn, (uint16_t)guest_cr0(v));
}

static bool group_0f01(struct vcpu *v, struct regs *r, const struct insn *insn, bool *again)
{
    uint16_t msw;

    if (insn->modrm == 0xd1) { /* xsetbv */
        if (!(v->ctrlreg_cr4 & CR4_OSXSAVE)) { /* then there is no such instruction */
            *again = true;
            bounce_exception(v, r, 6, 0);
            return true;
        }
        return (uint32_t)r->rcx == 0 && fpu_set_xcr0(v->fpu, (uint32_t)r->rax | r->rdx << 32, true);
    }
    if ((insn->reg & 7) != 6)
        return store_table(v, r, insn);
    /* lmsw: may set and clear TS, set PE (which is set), nothing else */
    if (insn->mod == 3)
        msw = (uint16_t)*decode_register(r, insn->rm);
    else if (!guest_read(&msw, insn->address, sizeof(msw)))
        return false;
    return set_guest_cr0(v, msw, 6);
}

static bool move_debug(struct vcpu *v, struct regs *r, const struct insn *insn)
{
    if (insn->opcode == OPCODE_0F(0x23))
        return debugreg_set(v, insn->reg, *decode_register(r, insn->rm)) == 0;
    return debugreg_get(v, insn->reg, decode_register(r, insn->rm));
}

static bool move_msr(struct vcpu *v, struct regs *r, const struct insn *insn)
{
    uint64_t value = (uint32_t)r->rax | r->rdx << 32;

    if (insn->opcode == OPCODE_0F(0x30))
        return emulate_wrmsr(v, (uint32_t)r->rcx, value);
    if (!emulate_rdmsr(v, (uint32_t)r->rcx, &value))
        return false;
    r->rax = (uint32_t)value;
    r->rdx = value >> 32;
    return true;
}

static bool emulate(struct vcpu *v, struct regs *r, const struct insn *insn, bool *again)
{
    switch (insn->opcode) {
    case 0xfa ... 0xfb: /* cli, sti: the real interrupt flag is not the guest's, so no effect */
        return emulate_iopl_ok(v);
    case 0x6c ... 0x6f:
    case 0xe4 ... 0xe7:
    case 0xec ... 0xef: /* with I/O privilege, for user mode too */
        return emulate_io(v, r, insn, again);
    }
    if (!v->kernel_mode)
        return (insn->opcode == OPCODE_0F(0x00) || insn->opcode == OPCODE_0F(0x01)) && store_table(v, r, insn);
    switch (insn->opcode) {
    case OPCODE_0F(0x00):
        return store_table(v, r, insn);
    case OPCODE_0F(0x01):
        return group_0f01(v, r, insn, again);
    case OPCODE_0F(0x06):
        task_set_ts(v, false);
        return true;
    case OPCODE_0F(0x09): /* wbinvd: a guest without devices has no reason; ignored */
        return true;
    case OPCODE_0F(0x20):
        return mov_from_cr(v, r, insn);
    case OPCODE_0F(0x22):
        return mov_to_cr(v, r, insn, again);
    case OPCODE_0F(0x21):
    case OPCODE_0F(0x23):
        return move_debug(v, r, insn);
    case OPCODE_0F(0x30):
    case OPCODE_0F(0x32):
        return move_msr(v, r, insn);
    case OPCODE_0F(0xa2):
        emulate_cpuid(v, r, false);
        return true;
    default:
        return false;
    }
}

void emulate_finish(struct vcpu *v, struct regs *r, const struct insn *insn, bool again)
{
    r->rflags &= ~RFLAGS_RF;
    if (!again)
        r->rip += insn->length;
    if (r->rflags & RFLAGS_TF) {
        v->debugreg[6] |= 1ul << 14;
        bounce_exception(v, r, 1, 0);
        r->entry_vector = 0; /* by IRET, which loads every register: the instruction may have changed any */
    }
}

/*
 * int n, rip behind it: the guest's trap table says who may, and to others it is what the architecture says of gates. A
 * kernel's own need DPL 1, as when kernels ran in ring 1; 0x80 has its own gate, which asks nothing.
 */
static ALWAYS_INLINE void software_interrupt(struct vcpu *v, struct regs *r, uint8_t vector)
{
    unsigned int needed = !v->kernel_mode ? 3 : vector == 0x80 ? 0 : 1;

    if (likely((v->trap[vector].flags & 3) >= needed)) {
        bounce_to(v, r, &v->trap[vector]);
        return;
    }
    r->rip -= 2;
    bounce_exception(v, r, VECTOR_GP, (uint32_t)vector << 3 | XEC_IDT);
}

HOT void emulate_int80(struct vcpu *v, struct regs *r)
{
    software_interrupt(v, r, 0x80);
}

void emulate_general_protection(struct vcpu *v, struct regs *r)
{
    struct insn insn;
    bool again = false;
    uint8_t code[2];

    /* int n, refused by our IDT. The vector is read from the code: some emulators get the error code wrong. */
    if ((r->error_code & 3) == XEC_IDT && guest_read(code, r->rip, 2) && code[0] == 0xcd) {
        r->rip += 2;
        software_interrupt(v, r, code[1]);
    } else if (!r->error_code && r->cs != SEL_USER32 &&
               (decode_short(r, &insn) || (decode_insn(r, &insn) && !insn.lock)) && emulate(v, r, &insn, &again)) {
        emulate_finish(v, r, &insn, again);
    } else {
        bounce_exception(v, r, VECTOR_GP, r->error_code);
    }
}

static __attribute__((noinline)) void forced_cpuid(struct vcpu *v, struct regs *r)
{
    emulate_cpuid(v, r, true);
    emulate_finish(v, r, &(struct insn){.length = 7}, false);
}

/* ud2; .ascii "xen"; cpuid: the guest asks for CPUID as the hypervisor wants it to be seen. */
HOT void emulate_invalid_opcode(struct vcpu *v, struct regs *r)
{
    uint32_t head, tail; /* 0f 0b 'x' 'e', 'e' 'n' 0f a2 */

    if (guest_read(&head, r->rip, 4) && unlikely(head == 0x65780b0f) && guest_read(&tail, r->rip + 3, 4) &&
        tail == 0xa20f6e65)
        forced_cpuid(v, r);
    else
        bounce_to(v, r, &v->trap[VECTOR_UD]);
}
