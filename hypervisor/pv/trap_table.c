/* SPDX-License-Identifier: MIT */
/* set_trap_table: where the guest's handlers are. Entries take effect one by one, up to the first bad one. */
#include "pv/pv.h"

long hc_set_trap_table(uint64_t table)
{
    struct vcpu *v = current;

    if (!table) {
        memset(v->trap, 0, 256 * sizeof(*v->trap));
        return 0;
    }
    for (unsigned int i = 0;; i++) {
        struct trap_info t;

        if (i % 64 == 63 && preempt_check())
            return hypercall_continue(__HYPERVISOR_set_trap_table, 1, table + i * sizeof(t));
        if (!guest_read_at(&t, table, i))
            return refuse(guest_copy_efault_read, table + i * sizeof(t), sizeof(t));
        if (!t.address)
            return 0;
        if (!address_canonical(t.address))
            return refuse(set_trap_table_einval_address_not_canonical, i, t.vector, t.address);
        t.cs |= 3;
        v->trap[t.vector] = t;
    }
}
