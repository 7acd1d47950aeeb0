/* SPDX-License-Identifier: MIT */
/* Kernel and user mode of a PV guest: pv/vcpu_state.h tells why. */
#include "machine/insn.h"
#include "machine/tlb.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

void mode_load_root(struct vcpu *v)
{
    mfn_t root = v->kernel_mode ? v->root_kernel : v->root_user;

    tlb_load_root(root << PAGE_SHIFT);
}

/* The other mode's root: nothing to do, and nothing to flush, where one table serves both. */
static void change_root(mfn_t root)
{
    if (this_cpu()->cr3 != root << PAGE_SHIFT)
        tlb_load_root(root << PAGE_SHIFT);
}

void mode_enter_kernel(struct vcpu *v)
{
    if (v->kernel_mode)
        return;
    v->kernel_mode = true;
    if (unlikely(v->time.areas_stale))
        this_cpu()->attention = true;
    swapgs();
    change_root(v->root_kernel);
}

void mode_enter_user(struct vcpu *v)
{
    if (!v->kernel_mode)
        return;
    v->kernel_mode = false;
    swapgs();
    change_root(v->root_user);
}
