/* SPDX-License-Identifier: MIT */
/* vm_assist: a domain switches help of ours on and off. Each bit of d->vm_assist is looked at where it matters. */
#include "pv/pv.h"

/* Of these, only architectural_iopl and runstate_update_flag make a difference to 64-bit guests. */
#define OFFERED                                                                                                    \
    (1ul << VMASST_TYPE_4gb_segments | 1ul << VMASST_TYPE_4gb_segments_notify | 1ul << VMASST_TYPE_writable_pagetables | \
     1ul << VMASST_TYPE_pae_extended_cr3 | 1ul << VMASST_TYPE_architectural_iopl |                                 \
     1ul << VMASST_TYPE_runstate_update_flag | 1ul << VMASST_TYPE_m2p_strict)

long hc_vm_assist(uint64_t cmd, uint64_t type)
{
    struct domain *d = current->domain;
    uint32_t t = (uint32_t)type;
    bool on = (uint32_t)cmd == VMASST_CMD_enable;

    if (t >= 64 || !(OFFERED >> t & 1))
        return refuse(vm_assist_einval_unknown_type, t);
    if (!on && (uint32_t)cmd != VMASST_CMD_disable)
        return refuse(vm_assist_enosys_bad_command, cmd);
    if (on)
        __atomic_fetch_or(&d->vm_assist, 1ul << t, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(&d->vm_assist, ~(1ul << t), __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; t == VMASST_TYPE_architectural_iopl && i < d->max_vcpus; i++)
        d->vcpu[i]->show_iopl = on;
    return 0;
}
