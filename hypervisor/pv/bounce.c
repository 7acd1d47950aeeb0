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

#define VECTOR_PF 14
#define PF_USER   4u
#define VECTORS_WITH_ERROR_CODE 0x00227d00u /* 8, 10-14, 17, 21 */

/* How to enter, besides where. */
#define ERROR_CODE    1u
#define QUICK_SYSCALL 2u /* v->rare is 0, and of the registers no more than rip, rflags and rsp has been stored */

/* Words between r11 and rip. */
#define FRAME_MIDDLE(how, selectors) (((selectors) ? 4u : 0u) + !!((how) & ERROR_CODE))

static bool is_callback(const struct vcpu *v, const struct trap_info *to)
{
    return to >= v->callback && to < v->callback + CB_COUNT;
}

static const char *trap_name(const struct vcpu *v, const struct trap_info *to)
{
    static const char *const names[32] = {
        "divide error", "debug exception", "NMI", "breakpoint", "overflow", "bound range", "invalid opcode",
        "device not available", "double fault", "coprocessor overrun", "invalid TSS", "segment not present",
        "stack fault", "general protection fault", "page fault", "vector 15", "FPU error", "alignment check",
        "machine check", "SIMD error", "virtualization exception", "control protection"};
    static const char *const callbacks[CB_COUNT] = {
        [CB_EVENT] = "event upcall", [CB_FAILSAFE] = "failsafe callback", [CB_SYSCALL] = "system call",
        [CB_SYSENTER] = "sysenter", [CB_SYSCALL32] = "32-bit system call"};

    if (is_callback(v, to))
        return callbacks[to - v->callback];
    return to < v->trap + ARRAY_SIZE(names) && names[to - v->trap] ? names[to - v->trap] : "software interrupt";
}

/* There is no handler, or no room for its frame. */
static void __attribute__((noinline, cold)) kill(struct vcpu *v, const struct trap_info *to, bool from_kernel, uint64_t frame)
{
    if (!to->address && is_callback(v, to))
        domain_kill(v->domain, trap_name(v, to), kill_fatal_no_callback);
    else if (!to->address)
        domain_kill(v->domain, trap_name(v, to), kill_fatal_no_handler, (uint64_t)(to - v->trap));
    else if (from_kernel)
        domain_kill(v->domain, trap_name(v, to), kill_fatal_kernel_stack, frame);
    else
        domain_kill(v->domain, trap_name(v, to), kill_fatal_switched_stack, frame);
}

/*
 * The one place that builds frames; inlined into each kind, so that what a kind does not have costs it nothing. In the
 * kernel's mode, whose root is loaded. False: the place is not the guest's, or cannot be written. The guest's IF is always
 * on and its IOPL 0, so the pushed flags differ by the upcall mask alone.
 */
static ALWAYS_INLINE bool push_frame(const struct vcpu *v, const struct regs *r, uint64_t *frame, bool from_kernel,
                                     unsigned int how, const uint16_t *selectors)
{
    const unsigned int middle = FRAME_MIDDLE(how, selectors);
    uint64_t rip = r->rip, rflags = r->rflags, flags;
    uint32_t masked = vcpu_upcall_masked(v);

    if (unlikely(!guest_start_ok((uint64_t)frame)))
        return false;
    flags = rflags ^ masked << 9;
    if (!(how & QUICK_SYSCALL) && unlikely(v->show_iopl))
        flags |= (uint64_t)v->iopl << 12;
    user_open();
    user_put(frame[0], how & QUICK_SYSCALL ? rip : r->rcx, fault);
    user_put(frame[1], how & QUICK_SYSCALL ? rflags : r->r11, fault);
    for (unsigned int i = 0; selectors && i < 4; i++)
        user_put(frame[2 + i], selectors[i], fault);
    if (how & ERROR_CODE)
        user_put(frame[1 + middle], r->error_code, fault);
    user_put(frame[2 + middle], rip, fault);
    user_put_half(frame[3 + middle], 0, how & QUICK_SYSCALL ? SEL_USER64 : r->cs - 3u * from_kernel, fault); /* RPL */
    user_put_half(frame[3 + middle], 1, masked, fault);
    user_put(frame[4 + middle], flags, fault);
    user_put(frame[5 + middle], r->rsp, fault);
    user_put(frame[6 + middle], how & QUICK_SYSCALL ? SEL_USER_SS : r->ss, fault);
    user_close();
    return true;

fault:
    user_close();
    return false;
}

/*
 * Into the handler, by SYSRET: rcx and r11 are in the frame. rip was checked to be canonical when it was registered. DF is
 * not left to a kernel that, as Linux, expects SYSCALL to clear it: a program could have its string instructions run backwards.
 */
static ALWAYS_INLINE void enter_handler(struct vcpu *v, struct regs *r, const struct trap_info *to, uint64_t *frame)
{
    if (to->flags & TRAP_MASKS_EVENTS)
        write_once(v->info->evtchn_upcall_mask, 1);
    r->rip = to->address;
    r->rsp = (uint64_t)frame;
    r->rflags &= ~(RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_DF | RFLAGS_TF);
}

/* Where `to`, in v->trap or v->callback, says. An address in our range just faults in the guest. */
static ALWAYS_INLINE void bounce(struct vcpu *v, struct regs *r, const struct trap_info *to, unsigned int how,
                                 const uint16_t *selectors)
{
    bool from_kernel = v->kernel_mode;
    uint64_t sp = from_kernel ? r->rsp & ~15ul : v->kernel_sp;
    uint64_t *frame = (uint64_t *)(sp - (7 + FRAME_MIDDLE(how, selectors)) * sizeof(uint64_t));

    if (unlikely(!to->address)) {
        kill(v, to, from_kernel, 0);
        return;
    }
    if (!from_kernel) {
        if (unlikely(v->areas_stale))
            regs_cpu(r)->attention = true;
        mode_switch(regs_cpu(r), v, true);
    }
    if (unlikely(!push_frame(v, r, frame, from_kernel, how, selectors))) {
        kill(v, to, from_kernel, (uint64_t)frame);
        return;
    }
    enter_handler(v, r, to, frame);
    regs_set_selectors(r, SEL_USER64, SEL_USER_SS);
    r->entry_vector = ENTRY_SYSCALL;
}

/* All is as before if the frame cannot be written, too. */
HOT bool bounce_syscall_quick(struct vcpu *v, struct regs *r)
{
    const struct trap_info *to = &v->callback[CB_SYSCALL];
    uint64_t *frame = (uint64_t *)v->kernel_sp - 7;

    if (unlikely(v->rare || !to->address || !(to->flags & TRAP_MASKS_EVENTS)))
        return false;
    mode_switch(regs_cpu(r), v, true);
    if (unlikely(!push_frame(v, r, frame, false, QUICK_SYSCALL, NULL))) {
        mode_switch(regs_cpu(r), v, false);
        return false;
    }
    enter_handler(v, r, to, frame);
    return true;
}

/* Once, not inline in all that use it: a call costs less than the lines of cache of so many copies. */
HOT void bounce_to(struct vcpu *v, struct regs *r, const struct trap_info *to)
{
    bounce(v, r, to, 0, NULL);
}

static HOT __attribute__((noinline)) void bounce_with_error(struct vcpu *v, struct regs *r, const struct trap_info *to)
{
    bounce(v, r, to, ERROR_CODE, NULL);
}

void bounce_exception(struct vcpu *v, struct regs *r, unsigned int vector, uint32_t error_code)
{
    if (vector < 32 && (VECTORS_WITH_ERROR_CODE >> vector & 1)) {
        r->error_code = error_code;
        bounce_with_error(v, r, &v->trap[vector]);
    } else {
        bounce_to(v, r, &v->trap[vector]);
    }
}

HOT void bounce_page_fault(struct vcpu *v, struct regs *r, uint32_t error_code, uint64_t cr2)
{
    /* Both of the guest's modes are ring 3 to the CPU; the guest wants to know which of its own it was. */
    r->error_code = (error_code | PF_USER) ^ (v->kernel_mode ? PF_USER : 0);
    v->info->arch.cr2 = cr2;
    v->cr2 = cr2;
    bounce_with_error(v, r, &v->trap[VECTOR_PF]);
}

void bounce_nmi(struct vcpu *v, struct regs *r)
{
    v->nmi_pending = false;
    if (!v->trap[TRAP_NMI].address)
        return; /* nobody to tell */
    v->nmi_masked = true;
    bounce_to(v, r, &v->trap[TRAP_NMI]);
}

void bounce_failsafe(struct vcpu *v, struct regs *r, const uint16_t selectors[4])
{
    bounce(v, r, &v->callback[CB_FAILSAFE], 0, selectors);
}
