/* SPDX-License-Identifier: MIT */
/*
 * One table for everything that is not a hypercall: interrupts are handled, faults of a guest are mended, emulated
 * or bounced to its kernel, and faults of our own code are either expected (guest copy, returning to a guest that
 * has broken its selectors) or the end.
 */
#include "entry/entry.h"
#include "machine/copy.h"
#include "machine/idt.h"
#include "machine/layout.h"
#include "machine/panic.h"
#include "machine/segments.h"
#include "pv/bounce.h"
#include "pv/emulate.h"
#include "pv/vcpu_state.h"

enum {
    VECTOR_DE, VECTOR_DB, VECTOR_NMI, VECTOR_BP, VECTOR_OF, VECTOR_BR, VECTOR_UD, VECTOR_NM, VECTOR_DF,
    VECTOR_TS = 10, VECTOR_NP, VECTOR_SS, VECTOR_GP, VECTOR_PF, VECTOR_MF = 16, VECTOR_AC, VECTOR_MC, VECTOR_XM,
    VECTOR_FIRST_IRQ = 32,
    VECTOR_INT80 = 0x80
};

#define PF_PRESENT 1u
#define PF_WRITE   2u
#define PF_USER    4u

/* The guest is told where in its own memory the descriptor is missing. */
static void bounce_ldt_fault(struct vcpu *v, struct regs *r, uint64_t cr2)
{
    bounce_page_fault(v, r, r->error_code, v->ldt_base + (cr2 - ldt_area(this_cpu()->id)));
}

/*
 * Traps of guests by vector: entry.S calls through this table. A handler that has bounced leaves ENTRY_SYSCALL in
 * entry_vector, and if it changes any other of the registers that C preserves for its callers it must not.
 */
static __attribute__((noinline)) void odd_page_fault(struct vcpu *v, struct regs *r, uint64_t cr2)
{
    if (!(r->error_code & PF_USER) && descriptors_ldt_read(v, r, cr2)) {
        if (!descriptors_ldt_map(v, cr2))
            bounce_ldt_fault(v, r, cr2);
    } else if (!(r->error_code & PF_USER) || !v->kernel_mode || !ptwr_fault(v, r, cr2)) {
        bounce_page_fault(v, r, r->error_code, cr2);
    }
}

/* Odd are a look of the CPU itself at a descriptor, and a store to what is read-only. */
static HOT void guest_page_fault(struct vcpu *v, struct regs *r)
{
    uint64_t cr2 = read_cr2();
    uint32_t error = r->error_code;

    if (unlikely(!(error & PF_USER) || (error & (PF_PRESENT | PF_WRITE)) == (PF_PRESENT | PF_WRITE)))
        odd_page_fault(v, r, cr2);
    else
        bounce_page_fault(v, r, error, cr2);
}

static void guest_debug(struct vcpu *v, struct regs *r)
{
    uint64_t dr6 = read_dr6();

    write_dr6(0xffff0ff0);
    v->debugreg[6] |= dr6 & 0xe00f;
    bounce_exception(v, r, VECTOR_DB, 0);
}

static void guest_software(struct vcpu *v, struct regs *r)
{
    bounce_to(v, r, &v->trap[r->entry_vector]);
}

static void guest_exception(struct vcpu *v, struct regs *r)
{
    bounce_exception(v, r, r->entry_vector, r->error_code);
}

static void interrupt(struct vcpu *v UNUSED, struct regs *r)
{
    idt_interrupt(r->entry_vector);
}

static void nmi(struct vcpu *v UNUSED, struct regs *r)
{
    panic_nmi(r);
}

static void fatal(struct vcpu *v UNUSED, struct regs *r)
{
    panic_trap(r);
}

trap_fn *const trap_table[256] = {
    [VECTOR_DE] = guest_exception, [VECTOR_DB] = guest_debug, [VECTOR_NMI] = nmi, [VECTOR_BP ... VECTOR_OF] = guest_software,
    [VECTOR_BR] = guest_exception, [VECTOR_UD] = emulate_invalid_opcode, [VECTOR_NM] = task_device_not_available,
    [VECTOR_DF] = fatal, [VECTOR_DF + 1 ... VECTOR_SS] = guest_exception, [VECTOR_GP] = emulate_general_protection,
    [VECTOR_PF] = guest_page_fault, [VECTOR_PF + 1 ... VECTOR_AC] = guest_exception, [VECTOR_MC] = fatal,
    [VECTOR_XM ... VECTOR_FIRST_IRQ - 1] = guest_exception, [VECTOR_FIRST_IRQ ... VECTOR_INT80 - 1] = interrupt,
    [VECTOR_INT80] = emulate_int80, [VECTOR_INT80 + 1 ... 255] = interrupt};

/* A system call of the guest's user mode. A kernel that has registered nothing for it gets what the CPU would raise. */
bool entry_user_syscall(struct regs *r)
{
    struct vcpu *v = current;
    enum vcpu_callback which = r->entry_vector == ENTRY_SYSENTER ? CB_SYSENTER
                               : r->cs == SEL_USER64             ? CB_SYSCALL
                                                                 : CB_SYSCALL32;

    if (v->callback[which].address)
        bounce_to(v, r, &v->callback[which]);
    else if (which == CB_SYSENTER)
        bounce_exception(v, r, VECTOR_GP, 0);
    else {
        r->rip -= 2;
        bounce_exception(v, r, VECTOR_UD, 0);
    }
    return entry_leave(r);
}

/*
 * IRET to the guest faulted: its rip, cs or ss is unusable. The guest's general registers are those the fault
 * saved; its IRET frame is still at the end of the main stack. Its kernel gets the exception, as if the context it
 * wanted to enter had raised it.
 */
static void iret_failed(const struct regs *fault)
{
    const struct regs *frame = guest_regs();
    struct regs r = *fault;

    r.rip = frame->rip;
    r.cs = frame->cs;
    r.rflags = frame->rflags;
    r.rsp = frame->rsp;
    r.ss = frame->ss;
    entry_iret_fault_on_main_stack(&r);
}

bool entry_iret_fault(struct regs *r)
{
    if (r->entry_vector == VECTOR_PF) /* only the LDT can be missing */
        bounce_ldt_fault(current, r, read_cr2());
    else
        bounce_exception(current, r, r->entry_vector, r->error_code);
    return entry_leave(r);
}

void hypervisor_trap(struct regs *r)
{
    unsigned int vector = r->entry_vector;
    uint64_t fixup;

    if (vector >= VECTOR_FIRST_IRQ) {
        idt_interrupt(vector);
        return;
    }
    if (vector == VECTOR_NMI) {
        panic_nmi(r);
        return;
    }
    if (vector == VECTOR_DB) { /* a guest's breakpoint on data we read for it, or TF across SYSENTER */
        debugreg_in_hypervisor(r);
        return;
    }
    if (vector == VECTOR_PF && current && descriptors_ldt_read(current, r, read_cr2()) &&
        descriptors_ldt_map(current, read_cr2()))
        return; /* our IRET or selector load met a page of the guest's LDT that nobody had needed: once more */
    fixup = extable_fixup(r->rip);
    if (fixup) {
        r->rip = fixup;
        return;
    }
    if (r->rip == (uint64_t)guest_iret && vector != VECTOR_MC && vector != VECTOR_DF)
        iret_failed(r);
    panic_trap(r);
}
