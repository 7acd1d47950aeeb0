/* SPDX-License-Identifier: MIT */
/* set_trap_table: where the guest's handlers are. Entries take effect one by one, up to the first bad one. */
#include "pv/pv.h"

#define STEP 256u /* entries in one execution */

static_assert(offsetof(struct trap_info, address) == 8 && offsetof(struct trap_info, cs) == 2, "two words an entry");

long hc_set_trap_table(uint64_t table)
{
    struct vcpu *v = current;
    const uint64_t *entry = (const uint64_t *)table;
    uint64_t first, address;
    unsigned int n;

    if (!table) {
        memset(v->trap, 0, sizeof(v->trap));
        return 0;
    }
    if (!guest_start_ok(table))
        return refuse(guest_copy_efault_read, table, sizeof(struct trap_info));
    user_open();
    for (n = 0; n < STEP; n++, entry += 2) {
        user_get(first, entry[0], fault);
        user_get(address, entry[1], fault);
        if (!address || !address_canonical(address))
            break;
        v->trap[(uint8_t)first] = (struct trap_info){
            .vector = (uint8_t)first, .flags = (uint8_t)(first >> 8), .cs = (uint16_t)(first >> 16) | 3, .address = address};
    }
    user_close();
    if (n == STEP)
        return hypercall_continue(__HYPERVISOR_set_trap_table, 1, (uint64_t)entry);
    return address ? refuse(set_trap_table_einval_address_not_canonical, n, (uint8_t)first, address) : 0;

fault:
    user_close();
    return refuse(guest_copy_efault_read, (uint64_t)entry, sizeof(struct trap_info));
}
