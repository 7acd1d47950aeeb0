/* SPDX-License-Identifier: MIT */
/* set_trap_table: where the guest's handlers are. Entries take effect one by one, up to the first bad one. */
#include "pv/pv.h"

#define STEP 64u /* entries between two preemption checks */

static_assert(offsetof(struct trap_info, address) == 8 && offsetof(struct trap_info, cs) == 2, "two words an entry");

long hc_set_trap_table(uint64_t table)
{
    struct vcpu *v = current;
    uint64_t va = table, first, address = 0;

    if (!table) {
        memset(v->trap, 0, 256 * sizeof(*v->trap));
        return 0;
    }
    do {
        unsigned int n = guest_range_ok(va, STEP * sizeof(struct trap_info)) ? STEP : 1;

        user_open();
        for (; n; n--, va += sizeof(struct trap_info)) {
            if (unlikely(n == 1 && !guest_range_ok(va, sizeof(struct trap_info))))
                goto fault;
            user_get(first, ((const uint64_t *)va)[0], fault);
            user_get(address, ((const uint64_t *)va)[1], fault);
            if (!address || !address_canonical(address))
                break;
            v->trap[(uint8_t)first] = (struct trap_info){
                .vector = (uint8_t)first, .flags = (uint8_t)(first >> 8), .cs = (uint16_t)(first >> 16) | 3, .address = address};
        }
        user_close();
        if (!address)
            return 0;
        if (n)
            return refuse(set_trap_table_einval_address_not_canonical, (va - table) / sizeof(struct trap_info),
                          (uint8_t)first, address);
    } while (!preempt_check());
    return hypercall_continue(__HYPERVISOR_set_trap_table, 1, va);
fault:
    user_close();
    return refuse(guest_copy_efault_read, va, sizeof(struct trap_info));
}
