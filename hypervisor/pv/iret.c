/* SPDX-License-Identifier: MIT */
/*
 * iret: how a PV kernel returns from a bounce, to itself or to user mode. It has no errors to return, because there
 * is no caller any more: an unusable frame kills the guest.
 */
#include "machine/copy.h"
#include "machine/insn.h"
#include "machine/layout.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

static void __attribute__((noinline, cold)) kill_no_frame(struct vcpu *v, uint64_t sp)
{
    domain_kill(v->domain, "iret: no readable frame at rsp 0x%lx", sp);
}

static void __attribute__((noinline, cold)) kill_no_user_root(struct vcpu *v, uint64_t cs)
{
    domain_kill(v->domain, "iret: to user mode (cs 0x%lx) without a user root table: use MMUEXT_NEW_USER_BASEPTR first",
                cs);
}

/* Each word of the frame is read once, into a variable of its own; nothing changes before all have been. */
long hc_iret(void)
{
    struct vcpu *v = current;
    struct regs *r = guest_regs();
    const struct iret_context *f = (const struct iret_context *)r->rsp;
    uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;

    if (unlikely(!guest_range_ok((uint64_t)f, sizeof(*f)))) {
        kill_no_frame(v, r->rsp);
        return 0;
    }
    user_open();
    user_get(rax, f->rax, fault);
    user_get(r11, f->r11, fault);
    user_get(rcx, f->rcx, fault);
    user_get(flags, f->flags, fault);
    user_get(rip, f->rip, fault);
    user_get(cs, f->cs, fault);
    user_get(rflags, f->rflags, fault);
    user_get(rsp, f->rsp, fault);
    user_get(ss, f->ss, fault);
    user_close();

    if ((cs & 3) == 3) {
        if (unlikely(!v->root_user)) {
            kill_no_user_root(v, cs);
            return 0;
        }
        mode_enter_user(v);
    }
    if (unlikely(v->domain->vm_assist & 1u << VMASST_TYPE_architectural_iopl))
        v->iopl = rflags >> 12 & 3;
    r->rip = rip;
    r->cs = (uint16_t)cs | 3;
    r->rflags = (rflags & ~(RFLAGS_IOPL | RFLAGS_VM)) | RFLAGS_IF | 2;
    r->rsp = rsp;
    r->ss = (uint16_t)ss | 3;
    if (flags & VGCF_in_syscall) {
        /* The kernel promises that rcx and r11 are dead, as after SYSCALL: leave by SYSRET if possible. */
        r->rcx = r->rip;
        r->r11 = r->rflags;
        if (r->cs != SEL_USER64 || r->ss != SEL_USER_SS)
            r->entry_vector = 0;
    } else {
        r->rcx = rcx;
        r->r11 = r11;
        r->entry_vector = 0;
    }
    write_once(v->info->evtchn_upcall_mask, !(rflags & RFLAGS_IF));
    v->nmi_masked = false;
    if (unlikely(v->nmi_pending))
        this_cpu()->attention = true;
    return (long)rax;

fault:
    user_close();
    kill_no_frame(v, r->rsp);
    return 0;
}
