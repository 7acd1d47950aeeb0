/* SPDX-License-Identifier: MIT */
/*
 * The bounce frame (layout in bounce.h). It is built here, written once to the guest's stack, and only then do the
 * guest's registers change. If the frame cannot be written the guest has nowhere left to be told: it is killed.
 */
#include "machine/copy.h"
#include "machine/insn.h"
#include "machine/layout.h"
#include "pv/bounce.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

#define VECTOR_PF       14
#define CALLBACK_VECTOR 256u
#define VECTORS_WITH_ERROR_CODE 0x00227d00u /* 8, 10-14, 17, 21 */

/* How to enter, besides where. */
#define MASK_EVENTS 1u
#define ERROR_CODE  2u
#define NOTHING_RARE 4u /* v->rare is 0 */

/* Words between r11 and rip. */
#define FRAME_MIDDLE(how, selectors) (((selectors) ? 4u : 0u) + !!((how) & ERROR_CODE))

static const char *trap_name(unsigned int vector)
{
    static const char *const names[32] = {
        "divide error", "debug exception", "NMI", "breakpoint", "overflow", "bound range", "invalid opcode",
        "device not available", "double fault", "coprocessor overrun", "invalid TSS", "segment not present",
        "stack fault", "general protection fault", "page fault", "vector 15", "FPU error", "alignment check",
        "machine check", "SIMD error", "virtualization exception", "control protection"};
    static const char *const callbacks[CB_COUNT] = {"event upcall", "failsafe callback", "system call",
                                                    "32-bit system call", "sysenter", "NMI callback"};

    if (vector >= CALLBACK_VECTOR)
        return callbacks[vector - CALLBACK_VECTOR];
    return vector < ARRAY_SIZE(names) && names[vector] ? names[vector] : "software interrupt";
}

static void __attribute__((noinline, cold)) kill_no_handler(struct vcpu *v, unsigned int vector)
{
    if (vector >= CALLBACK_VECTOR)
        domain_kill(v->domain, trap_name(vector), kill_fatal_no_callback);
    else
        domain_kill(v->domain, trap_name(vector), kill_fatal_no_handler, vector);
}

static void __attribute__((noinline, cold)) kill_no_stack(struct vcpu *v, unsigned int vector, bool from_kernel,
                                                          uint64_t sp)
{
    if (from_kernel)
        domain_kill(v->domain, trap_name(vector), kill_fatal_kernel_stack, sp);
    else
        domain_kill(v->domain, trap_name(vector), kill_fatal_switched_stack, sp);
}

/*
 * The one place that builds frames; inlined into each kind, so that what a kind does not have costs it nothing. `as` is what
 * the guest was doing. In the kernel's mode, whose root is loaded. False: the place is not the guest's, or cannot be written.
 * The guest's IF is always on and its IOPL 0, so the pushed flags differ by the upcall mask alone.
 */
static ALWAYS_INLINE bool push_frame(const struct vcpu *v, uint64_t *frame, const struct regs *as, unsigned int how,
                                     const uint16_t *selectors)
{
    const unsigned int middle = FRAME_MIDDLE(how, selectors);
    uint64_t masked = vcpu_upcall_masked(v), flags = as->rflags ^ masked << 9;

    if (unlikely(!guest_start_ok((uint64_t)frame)))
        return false;
    if (!(how & NOTHING_RARE) && unlikely(v->show_iopl))
        flags |= (uint64_t)v->iopl << 12;
    user_open();
    user_put(frame[0], as->rcx, fault);
    user_put(frame[1], as->r11, fault);
    for (unsigned int i = 0; selectors && i < 4; i++)
        user_put(frame[2 + i], selectors[i], fault);
    if (how & ERROR_CODE)
        user_put(frame[1 + middle], as->error_code, fault);
    user_put(frame[2 + middle], as->rip, fault);
    user_put(frame[3 + middle], as->cs | masked << 32, fault);
    user_put(frame[4 + middle], flags, fault);
    user_put(frame[5 + middle], as->rsp, fault);
    user_put(frame[6 + middle], as->ss, fault);
    user_close();
    return true;

fault:
    user_close();
    return false;
}

/* Into the handler, by SYSRET: rcx and r11 are in the frame. rip was checked to be canonical when it was registered. */
static ALWAYS_INLINE void enter_handler(struct vcpu *v, struct regs *r, uint64_t rip, uint64_t *frame, unsigned int how)
{
    if (how & MASK_EVENTS)
        write_once(v->info->evtchn_upcall_mask, 1);
    r->rip = rip;
    r->rsp = (uint64_t)frame;
    r->rflags &= ~(RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_TF);
}

/* vector: of the trap table, or CALLBACK_VECTOR + callback, for the message. rip in our range just faults in the guest. */
static ALWAYS_INLINE void bounce(struct vcpu *v, struct regs *r, unsigned int vector, uint64_t rip, unsigned int how,
                                 uint32_t error_code, const uint16_t *selectors)
{
    bool from_kernel = v->kernel_mode;
    uint64_t *frame = (uint64_t *)((from_kernel ? r->rsp : v->kernel_sp) & ~15ul) - 7 - FRAME_MIDDLE(how, selectors);
    struct regs as = {.rcx = r->rcx, .r11 = r->r11, .error_code = error_code, .rip = r->rip, .rflags = r->rflags,
                      .cs = from_kernel ? r->cs & ~3u : r->cs, .rsp = r->rsp, .ss = r->ss};

    if (unlikely(!rip)) {
        kill_no_handler(v, vector);
        return;
    }
    if (!from_kernel) {
        if (unlikely(v->areas_stale))
            this_cpu()->attention = true;
        mode_switch(this_cpu(), v, true);
    }
    if (unlikely(!push_frame(v, frame, &as, how, selectors))) {
        kill_no_stack(v, vector, from_kernel, (uint64_t)frame);
        return;
    }
    enter_handler(v, r, rip, frame, how);
    r->cs = SEL_USER64;
    r->ss = SEL_USER_SS;
    r->entry_vector = ENTRY_SYSCALL;
}

/* All is as before if the frame cannot be written, too. */
bool bounce_syscall_quick(struct regs *r, struct vcpu *v)
{
    const struct callback *cb = &v->callback[CB_SYSCALL];
    uint64_t *frame = (uint64_t *)(v->kernel_sp & ~15ul) - 7;
    struct regs as = {.rcx = r->rip, .r11 = r->rflags, .rip = r->rip, .rflags = r->rflags, .cs = SEL_USER64,
                      .rsp = r->rsp, .ss = SEL_USER_SS};

    if (unlikely(v->rare || !cb->rip || !cb->mask_events))
        return false;
    mode_switch(regs_cpu(r), v, true);
    if (unlikely(!push_frame(v, frame, &as, MASK_EVENTS | NOTHING_RARE, NULL))) {
        mode_switch(regs_cpu(r), v, false);
        return false;
    }
    enter_handler(v, r, cb->rip, frame, MASK_EVENTS);
    return true;
}

static unsigned int mask_of(const struct trap_info *ti)
{
    return ti->flags & 4 ? MASK_EVENTS : 0;
}

static void bounce_with_error(struct vcpu *v, struct regs *regs, unsigned int vector, uint32_t error)
{
    const struct trap_info *ti = &v->trap[vector];

    bounce(v, regs, vector, ti->address, mask_of(ti) | ERROR_CODE, error, NULL);
}

void bounce_software(struct vcpu *v, struct regs *regs, unsigned int vector)
{
    const struct trap_info *ti = &v->trap[vector];

    bounce(v, regs, vector, ti->address, mask_of(ti), 0, NULL);
}

void bounce_exception(struct vcpu *v, struct regs *regs, unsigned int vector, uint32_t error_code)
{
    if (vector < 32 && (VECTORS_WITH_ERROR_CODE >> vector & 1))
        bounce_with_error(v, regs, vector, error_code);
    else
        bounce_software(v, regs, vector);
}

void bounce_page_fault(struct vcpu *v, struct regs *regs, uint32_t error_code, uint64_t cr2)
{
    /* Both of the guest's modes are ring 3 to the CPU; the guest wants to know which of its own it was. */
    error_code = v->kernel_mode ? error_code & ~4u : error_code | 4u;
    v->info->arch.cr2 = cr2;
    v->cr2 = cr2;
    bounce_with_error(v, regs, VECTOR_PF, error_code);
}

void bounce_syscall(struct vcpu *v, struct regs *regs, enum vcpu_callback which)
{
    const struct callback *cb = &v->callback[which];

    bounce(v, regs, CALLBACK_VECTOR + which, cb->rip, cb->mask_events ? MASK_EVENTS : 0, 0, NULL);
}

void bounce_event(struct vcpu *v, struct regs *regs)
{
    bounce(v, regs, CALLBACK_VECTOR + CB_EVENT, v->callback[CB_EVENT].rip, MASK_EVENTS, 0, NULL);
}

void bounce_nmi(struct vcpu *v, struct regs *regs)
{
    v->nmi_pending = false;
    v->nmi_masked = true;
    bounce(v, regs, CALLBACK_VECTOR + CB_NMI, v->callback[CB_NMI].rip, MASK_EVENTS, 0, NULL);
}

void bounce_failsafe(struct vcpu *v, struct regs *regs, const uint16_t selectors[4])
{
    const struct callback *cb = &v->callback[CB_FAILSAFE];

    bounce(v, regs, CALLBACK_VECTOR + CB_FAILSAFE, cb->rip, cb->mask_events ? MASK_EVENTS : 0, 0, selectors);
}
