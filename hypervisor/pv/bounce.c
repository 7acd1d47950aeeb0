/* SPDX-License-Identifier: MIT */
/*
 * The bounce frame (layout in bounce.h). It is built here, written once to the guest's stack, and only then do the
 * guest's registers change. If the frame cannot be written the guest has nowhere left to be told: it is killed.
 */
#include "machine/insn.h"
#include "machine/layout.h"
#include "pv/bounce.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

#define VECTOR_PF 14
#define VECTORS_WITH_ERROR_CODE 0x00227d00u /* 8, 10-14, 17, 21 */

#define RFLAGS_IOPL (3ul << 12)
#define RFLAGS_RF   (1ul << 16)
#define RFLAGS_VM   (1ul << 17)

struct bounce {
    const char *what;
    uint64_t rip;
    bool mask_events;
    bool has_error;
    uint32_t error_code;
    const uint16_t *selectors; /* failsafe only */
};

static void bounce(struct vcpu *v, struct regs *r, const struct bounce *b)
{
    struct domain *d = v->domain;
    uint64_t frame[13];
    unsigned int n = 0;
    bool from_kernel = v->kernel_mode;

    if (!b->rip || (b->rip >= HYPERVISOR_START && b->rip < HYPERVISOR_END) ||
        (int64_t)(b->rip << 16) >> 16 != (int64_t)b->rip) {
        domain_kill(d, "%s: the guest has no handler for it (handler address 0x%lx)", b->what, b->rip);
        return;
    }
    mode_enter_kernel(v);
    bool masked = vcpu_upcall_masked(v);
    uint64_t flags = r->rflags & ~(RFLAGS_IF | RFLAGS_IOPL);
    if (!masked)
        flags |= RFLAGS_IF;
    if (d->vm_assist & 1u << VMASST_TYPE_architectural_iopl)
        flags |= (uint64_t)v->iopl << 12;

    frame[n++] = r->rcx;
    frame[n++] = r->r11;
    if (b->selectors)
        for (unsigned int i = 0; i < 4; i++)
            frame[n++] = b->selectors[i];
    if (b->has_error)
        frame[n++] = b->error_code;
    frame[n++] = r->rip;
    frame[n++] = (from_kernel ? r->cs & ~3u : r->cs) | (uint64_t)masked << 32;
    frame[n++] = flags;
    frame[n++] = r->rsp;
    frame[n++] = r->ss;

    uint64_t sp = ((from_kernel ? r->rsp : v->kernel_sp) & ~15ul) - n * sizeof(frame[0]);
    if (!guest_write(sp, frame, n * sizeof(frame[0]))) {
        domain_kill(d, "%s: cannot push its frame on the guest's %s stack at 0x%lx", b->what,
                    from_kernel ? "current kernel" : "stack_switch", sp);
        return;
    }
    if (b->mask_events)
        write_once(v->info->evtchn_upcall_mask, 1);
    r->rip = b->rip;
    r->rsp = sp;
    r->cs = SEL_USER64;
    r->ss = SEL_USER_SS;
    r->rflags &= ~(RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_TF);
    r->entry_vector = 0; /* leave by IRET: rcx and r11 are the guest's own */
}

static void bounce_trap(struct vcpu *v, struct regs *regs, unsigned int vector, bool has_error, uint32_t error)
{
    static const char *const names[32] = {
        "divide error", "debug exception", "NMI", "breakpoint", "overflow", "bound range", "invalid opcode",
        "device not available", "double fault", "coprocessor overrun", "invalid TSS", "segment not present",
        "stack fault", "general protection fault", "page fault", "vector 15", "FPU error", "alignment check",
        "machine check", "SIMD error", "virtualization exception", "control protection"};
    const struct trap_info *ti = &v->trap[vector];

    bounce(v, regs, &(struct bounce){
        .what = vector < ARRAY_SIZE(names) && names[vector] ? names[vector] : "software interrupt",
        .rip = ti->address,
        .mask_events = ti->flags & 4,
        .has_error = has_error,
        .error_code = error,
    });
}

void bounce_exception(struct vcpu *v, struct regs *regs, unsigned int vector, uint32_t error_code)
{
    bounce_trap(v, regs, vector, vector < 32 && (VECTORS_WITH_ERROR_CODE >> vector & 1), error_code);
}

void bounce_page_fault(struct vcpu *v, struct regs *regs, uint32_t error_code, uint64_t cr2)
{
    /* Both of the guest's modes are ring 3 to the CPU; the guest wants to know which of its own it was. */
    error_code = v->kernel_mode ? error_code & ~4u : error_code | 4u;
    v->info->arch.cr2 = cr2;
    v->cr2 = cr2;
    bounce_trap(v, regs, VECTOR_PF, true, error_code);
}

void bounce_software(struct vcpu *v, struct regs *regs, unsigned int vector)
{
    bounce_trap(v, regs, vector, false, 0);
}

static void bounce_callback(struct vcpu *v, struct regs *regs, enum vcpu_callback which, const char *what,
                            bool mask_events)
{
    bounce(v, regs, &(struct bounce){.what = what,
                                     .rip = v->callback[which].rip,
                                     .mask_events = mask_events || v->callback[which].mask_events});
}

void bounce_event(struct vcpu *v, struct regs *regs)
{
    bounce_callback(v, regs, CB_EVENT, "event upcall", true);
}

void bounce_nmi(struct vcpu *v, struct regs *regs)
{
    v->nmi_pending = false;
    v->nmi_masked = true;
    bounce_callback(v, regs, CB_NMI, "NMI callback", true);
}

void bounce_syscall(struct vcpu *v, struct regs *regs, enum vcpu_callback which)
{
    bounce_callback(v, regs, which, "system call", false);
}

void bounce_failsafe(struct vcpu *v, struct regs *regs, const uint16_t selectors[4])
{
    bounce(v, regs, &(struct bounce){.what = "failsafe callback",
                                     .rip = v->callback[CB_FAILSAFE].rip,
                                     .mask_events = v->callback[CB_FAILSAFE].mask_events,
                                     .selectors = selectors});
}
