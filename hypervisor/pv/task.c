/* SPDX-License-Identifier: MIT */
/*
 * stack_switch, fpu_taskswitch, set_segment_base. The FPU itself is saved and restored with the vcpu; TS only
 * serves a guest kernel that switches its own tasks' FPU state lazily.
 */
#include "machine/insn.h"
#include "pv/bounce.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

long hc_stack_switch(uint64_t ss, uint64_t sp)
{
    struct vcpu *v = current;

    v->kernel_ss = (uint16_t)ss | 3;
    v->kernel_sp = sp & ~15ul;
    return 0;
}

void task_load_ts(struct vcpu *v)
{
    if (v->ctrlreg_cr0 & GUEST_CR0_TS)
        write_cr0(read_cr0() | CR0_TS);
    else
        clts();
}

void task_set_ts(struct vcpu *v, bool set)
{
    if (set)
        v->ctrlreg_cr0 |= GUEST_CR0_TS;
    else
        v->ctrlreg_cr0 &= ~GUEST_CR0_TS;
    task_load_ts(v);
}

long hc_fpu_taskswitch(uint64_t set)
{
    task_set_ts(current, (uint32_t)set != 0);
    return 0;
}

void task_device_not_available(struct vcpu *v, struct regs *regs)
{
    task_set_ts(v, false);
    bounce_exception(v, regs, 7, 0);
}

long hc_set_segment_base(uint64_t which, uint64_t base)
{
    /* A hypercall comes from kernel mode: the user's GS base is the one SWAPGS would bring. */
    static const uint32_t msr[] = {
        [SEGBASE_FS] = MSR_FS_BASE, [SEGBASE_GS_USER] = MSR_KERNEL_GS_BASE, [SEGBASE_GS_KERNEL] = MSR_GS_BASE};
    uint32_t n = (uint32_t)which;

    if (n == SEGBASE_GS_USER_SEL) {
        swapgs();
        load_gs_safe((uint16_t)base); /* a bad one becomes 0, as the ABI has it */
        swapgs();
        return 0;
    }
    if (n >= ARRAY_SIZE(msr))
        return refuse(set_segment_base_einval_unknown_op, n);
    if (!address_canonical(base))
        return refuse(set_segment_base_einval_not_canonical, n, base);
    wrmsr(msr[n], base);
    return 0;
}
