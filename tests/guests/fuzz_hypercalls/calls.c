/* SPDX-License-Identifier: MIT */
/* The small calls, any call with anything, and lists of calls. */
#include "fuzz.h"

void do_small(struct player *r)
{
    switch (random(r) % 10) {
    case 0:
        call(r, xen_version, random(r) % 12, a_va(r));
        break;
    case 1:
        call(r, vm_assist, random(r) % 2, PICK(r, 0, 1, 2, 2, 2, 3, 4, 5, 6, a_number(r)));
        break;
    case 2:
        call(r, physdev_op, random(r) % 32, a_va(r));
        break;
    case 3:
        call(r, console_io, PICK(r, 1, 2, random(r)), PICK(r, 0, 16, 1ul << 31), a_va(r));
        break;
    case 4:
        call(r, nmi_op, random(r) % 3, a_va(r));
        break;
    case 5:
        call(r, set_segment_base, random(r) % 5, one_in(r, 3) ? random(r) & 0xffff : a_va(r));
        break;
    case 6:
        call(r, stack_switch, one_in(r, 2) ? FLAT_KERNEL_SS : random(r), a_va(r));
        break;
    case 7:
        call(r, set_timer_op, one_in(r, 2) ? random(r) : 1);
        break;
    case 8:
        call(r, fpu_taskswitch, random(r) % 3);
        break;
    default:
        call(r, vm_assist, 0, 2);
        break;
    }
}

static uint64_t a_call_number(struct player *r)
{
    uint64_t nr;

    do
        nr = random(r) % 56;
    while (nr == __HYPERVISOR_iret || nr == __HYPERVISOR_sched_op || nr == __HYPERVISOR_sched_op_compat ||
           nr == __HYPERVISOR_set_trap_table ||
           nr == __HYPERVISOR_console_io || nr == __HYPERVISOR_multicall || nr == __HYPERVISOR_vcpu_op ||
           nr == __HYPERVISOR_update_va_mapping || nr == __HYPERVISOR_set_timer_op ||
           nr == __HYPERVISOR_update_va_mapping_otherdomain || nr == __HYPERVISOR_set_callbacks);
    return nr;
}

void do_any(struct player *r)
{
    call_nr(r, a_call_number(r), a_number(r), a_number(r), a_number(r), a_number(r), a_number(r));
}

void do_multicall(struct player *r)
{
    struct multicall_entry *e = (struct multicall_entry *)(r->scratch + 2 * PAGE_SIZE);
    struct mmuext_op *ext = (struct mmuext_op *)r->scratch;
    unsigned int n = 1 + random(r) % 12;

    for (unsigned int i = 0; i < 8; i++)
        ext[i] = (struct mmuext_op){.cmd = (unsigned int)PICK(r, 0, 1, 2, 3, 4, 4),
                                    .arg1.mfn = mfns[a_table(r, 1 + random(r) % 4)]};
    for (unsigned int i = 0; i < n; i++) {
        e[i].op = a_call_number(r);
        for (unsigned int a = 0; a < 6; a++)
            e[i].args[a] = a_number(r);
        if (one_in(r, 2)) {
            e[i] = (struct multicall_entry){.op = __HYPERVISOR_update_va_mapping,
                                            .args = {a_window(r), a_pte(r), UVMF_INVLPG | UVMF_ALL}};
            if (one_in(r, 2))
                e[i] =
                    (struct multicall_entry){.op = __HYPERVISOR_mmuext_op, .args = {(uint64_t)ext, 8, 0, DOMID_SELF}};
        }
    }
    r->calls += n;
    call(r, multicall, one_in(r, 12) ? a_va(r) : (uint64_t)e, one_in(r, 12) ? a_number(r) : n);
    call(r, set_trap_table, traps); /* entries of zeros say: none */
}
