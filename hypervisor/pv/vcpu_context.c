/* SPDX-License-Identifier: MIT */
/*
 * A vcpu's first state, from the ABI's vcpu_guest_context (VCPUOP_initialise, and the domain builder through the same
 * door). All is checked first; taking the GDT frames and roots comes last and is undone if it fails half way.
 */
#include "machine/fpu.h"
#include "machine/insn.h"
#include "machine/segments.h"
#include "pv/pagetable.h"
#include "pv/vcpu_state.h"

#define RFLAGS_ALLOWED 0x254dd5ul /* status, control and ID, AC, NT; VM is not the guest's, IOPL virtual */

static long check(const struct vcpu_guest_context *c)
{
    const uint64_t address[] = {c->user_regs.rip,      c->event_callback_eip, c->failsafe_callback_eip,
                                c->syscall_callback_eip, c->fs_base,          c->gs_base_kernel,
                                c->gs_base_user};

    if (!(c->flags & VGCF_in_kernel) && !(c->ctrlreg[1] >> PAGE_SHIFT))
        return refuse(vcpu_op_einval_initialise_no_user_root, c->flags);
    if (c->gdt_ents > GDT_GUEST_FRAMES * 512ul)
        return refuse(vcpu_op_einval_initialise_gdt, c->gdt_ents, 0);
    if (c->ldt_ents > 8192 || c->ldt_base & (PAGE_SIZE - 1) || !guest_range_ok(c->ldt_base, c->ldt_ents * 8))
        return refuse(vcpu_op_einval_initialise_ldt, c->ldt_ents, c->ldt_base);
    for (unsigned int i = 0; i < ARRAY_SIZE(address); i++)
        if (!address_canonical(address[i]))
            return refuse(vcpu_op_einval_initialise_address, i, address[i]);
    for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
        if (!address_canonical(c->trap_ctxt[i].address))
            return refuse(vcpu_op_einval_initialise_address, 16 + i, c->trap_ctxt[i].address);
    return 0;
}

static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    const struct cpu_user_regs *u = &c->user_regs;

    v->regs = (struct regs){
        .r15 = u->r15, .r14 = u->r14, .r13 = u->r13, .r12 = u->r12, .rbp = u->rbp, .rbx = u->rbx,
        .r11 = u->r11, .r10 = u->r10, .r9 = u->r9, .r8 = u->r8, .rax = u->rax, .rcx = u->rcx,
        .rdx = u->rdx, .rsi = u->rsi, .rdi = u->rdi, .rip = u->rip, .cs = u->cs | 3,
        .rflags = (u->rflags & RFLAGS_ALLOWED) | RFLAGS_IF | 2, .rsp = u->rsp, .ss = u->ss | 3,
    };
    v->show_iopl = v->domain->vm_assist >> VMASST_TYPE_architectural_iopl & 1;
    v->iopl = u->rflags >> 12 & 3;
    v->ds = u->ds;
    v->es = u->es;
    v->fs = u->fs;
    v->gs = u->gs;
    v->kernel_mode = c->flags & VGCF_in_kernel;
    v->fs_base = c->fs_base;
    v->gs_base = v->kernel_mode ? c->gs_base_kernel : c->gs_base_user;
    v->gs_base_other = v->kernel_mode ? c->gs_base_user : c->gs_base_kernel;
    v->kernel_ss = (uint16_t)c->kernel_ss | 3;
    v->kernel_sp = c->kernel_sp & ~15ul;
    v->ctrlreg_cr0 = c->ctrlreg[0] & GUEST_CR0_TS;
    v->ctrlreg_cr4 = CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;
}

static struct trap_info callback(uint64_t rip, bool mask_events)
{
    return (struct trap_info){.address = rip, .flags = mask_events ? TRAP_MASKS_EVENTS : 0};
}

static void set_entries(struct vcpu *v, const struct vcpu_guest_context *c)
{
    v->callback[CB_EVENT] = callback(c->event_callback_eip, true);
    v->callback[CB_FAILSAFE] = callback(c->failsafe_callback_eip, c->flags & VGCF_failsafe_disables_events);
    v->callback[CB_SYSCALL] = callback(c->syscall_callback_eip, c->flags & VGCF_syscall_disables_events);
    for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
        v->trap[i] = c->trap_ctxt[i];
        v->trap[i].cs |= 3;
    }
}

long vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
    struct domain *d = v->domain;
    mfn_t kernel = c->ctrlreg[3] >> PAGE_SHIFT, user = c->ctrlreg[1] >> PAGE_SHIFT;
    long rc = check(c);

    if (rc)
        return rc;
    rc = pt_get_root(d, kernel);
    if (rc)
        return rc;
    rc = user ? pt_get_root(d, user) : 0;
    if (!rc) {
        rc = descriptors_set_gdt(v, c->gdt_frames, (uint32_t)c->gdt_ents);
        if (rc && user)
            pt_put_root(d, user);
    }
    if (rc) {
        pt_put_root(d, kernel);
        return rc;
    }
    set_registers(v, c);
    set_entries(v, c);
    for (unsigned int i = 0; i < 8; i++)
        if (i != 4 && i != 5)
            debugreg_set(v, i, i == 6 ? DR6_RESERVED : c->debugreg[i]); /* a refused one stays 0 */
    v->ldt_base = c->ldt_base;
    v->ldt_entries = (uint32_t)c->ldt_ents;
    v->root_kernel = kernel;
    v->root_user = user;
    if (c->flags & VGCF_I387_VALID)
        fpu_import_fxsave(v->fpu, &c->fpu_ctxt);
    return 0;
}
