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

#define RFLAGS_IOPL (3ul << 12)
#define RFLAGS_VM   (1ul << 17)

static ALWAYS_INLINE bool read_frame(struct iret_context *f, uint64_t va)
{
    if (!guest_range_ok(va, sizeof(*f)))
        return false;
    user_open();
    for (unsigned int i = 0; i < sizeof(*f) / sizeof(uint64_t); i++) {
        uint64_t word;

        user_get(word, va + 8 * i, fault);
        ((uint64_t *)f)[i] = word;
    }
    user_close();
    return true;
fault:
    user_close();
    return false;
}

long hc_iret(void)
{
    struct vcpu *v = current;
    struct regs *r = guest_regs();
    struct iret_context f;

    if (unlikely(!read_frame(&f, r->rsp))) {
        domain_kill(v->domain, "iret: no readable frame at rsp 0x%lx", r->rsp);
        return 0;
    }
    if ((f.cs & 3) == 3) {
        if (!v->root_user) {
            domain_kill(v->domain, "iret: to user mode (cs 0x%lx) without a user root table: use "
                        "MMUEXT_NEW_USER_BASEPTR first", f.cs);
            return 0;
        }
        mode_enter_user(v);
    }
    if (v->domain->vm_assist & 1u << VMASST_TYPE_architectural_iopl)
        v->iopl = f.rflags >> 12 & 3;
    r->rip = f.rip;
    r->cs = (uint16_t)f.cs | 3;
    r->rflags = (f.rflags & ~(RFLAGS_IOPL | RFLAGS_VM)) | RFLAGS_IF | 2;
    r->rsp = f.rsp;
    r->ss = (uint16_t)f.ss | 3;
    if (f.flags & VGCF_in_syscall) {
        /* The kernel promises that rcx and r11 are dead, as after SYSCALL: leave by SYSRET if possible. */
        r->rcx = r->rip;
        r->r11 = r->rflags;
        if (r->cs != SEL_USER64 || r->ss != SEL_USER_SS)
            r->entry_vector = 0;
    } else {
        r->rcx = f.rcx;
        r->r11 = f.r11;
        r->entry_vector = 0;
    }
    write_once(v->info->evtchn_upcall_mask, !(f.rflags & RFLAGS_IF));
    v->nmi_masked = false;
    if (unlikely(v->nmi_pending))
        this_cpu()->attention = true;
    return (long)f.rax;
}
