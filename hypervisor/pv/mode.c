/* SPDX-License-Identifier: MIT */
/* Kernel and user mode of a PV guest: pv/vcpu_state.h tells why. */
#include "machine/tlb.h"
#include "pv/vcpu_state.h"

void mode_load_root(struct vcpu *v)
{
    mfn_t root = v->kernel_mode ? v->root_kernel : v->root_user;

    tlb_load_root(root << PAGE_SHIFT, v->kernel_mode);
}

void mode_enter_kernel(struct vcpu *v)
{
    if (v->kernel_mode)
        return;
    if (unlikely(v->areas_stale))
        this_cpu()->attention = true;
    mode_switch(this_cpu(), v, true);
}

void mode_enter_user(struct vcpu *v)
{
    if (v->kernel_mode)
        mode_switch(this_cpu(), v, false);
}
