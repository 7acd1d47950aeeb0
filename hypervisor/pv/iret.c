/* SPDX-License-Identifier: MIT */
/*
 * iret: how a PV kernel returns from a bounce, to itself or to user mode. It has no errors to return, because there
 * is no caller any more: an unusable frame kills the guest.
 */
#include "machine/insn.h"
#include "machine/layout.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

/* Each word of the frame is read once, and nothing changes before all have been. entry.S does the usual ones itself. */
long hc_iret(void)
{
    struct vcpu *v = current;
    struct regs *r = guest_regs();
    const uint64_t sp = r->rsp;
    struct iret_context f;

    if (!guest_read(&f, sp, sizeof(f))) {
        domain_kill(v->domain, "iret", kill_fatal_iret_frame, sp);
        return __HYPERVISOR_iret;
    }
    if ((f.cs & 3) == 3) {
        if (!v->root_user) {
            domain_kill(v->domain, "iret", kill_fatal_iret_user_root, f.cs);
            return __HYPERVISOR_iret;
        }
        mode_enter_user(v);
    }
    if (v->show_iopl)
        v->iopl = f.rflags >> 12 & 3;
    r->rip = f.rip;
    r->cs = (uint16_t)f.cs | 3;
    r->rflags = (f.rflags & ~(RFLAGS_IOPL | RFLAGS_VM)) | RFLAGS_IF | 2;
    r->rsp = f.rsp;
    r->ss = (uint16_t)f.ss | 3;
    if (f.flags & VGCF_in_syscall && r->cs == SEL_USER64 && r->ss == SEL_USER_SS) {
        /* The kernel promises that rcx and r11 are dead, as after SYSCALL: leave by SYSRET if possible. */
        r->rcx = r->rip;
        r->r11 = r->rflags;
        r->entry_vector = ENTRY_SYSCALL;
    } else {
        r->rcx = f.rcx;
        r->r11 = f.r11;
        r->entry_vector = 0;
    }
    write_once(v->info->evtchn_upcall_mask, !(f.rflags & RFLAGS_IF));
    v->nmi_masked = false;
    if (v->nmi_pending)
        this_cpu()->attention = true;
    return (long)f.rax;
}
