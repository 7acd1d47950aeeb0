/* SPDX-License-Identifier: MIT */
/* set_trap_table: handlers per vector, with the privilege that may `int` to them and an event mask flag. */
#include "guest.h"

void test_main(void)
{
    static struct trap_info table[4];

    expect("an empty table", hypercall(set_trap_table, table), 0);
    trap_table_install(0);
    table[0] = (struct trap_info){.vector = 3, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(3)};
    expect("one entry", hypercall(set_trap_table, table), 0);
    expect_trap("int3 from the kernel needs no DPL 3", TRY("int3", ::: "memory"), 3, 0);
    expect_trap("ud2 arrives", TRY("ud2", ::: "memory"), 6, 0);
    expect_trap("divide error arrives", TRY("div %%ecx", : : "a"(1), "c"(0), "d"(0) : "memory"), 0, 0);
    events_disable();
    vcpu0()->evtchn_upcall_mask = 0;
    (void)TRY("ud2", ::: "memory");
    ktap_equal("the mask stays as it was in a trap gate", trap_seen.mask_inside, 0);
    ktap_equal("and is saved in the frame", trap_seen.frame.saved_mask & 0xff, 0);
    table[0] = (struct trap_info){.vector = 6, .flags = 4, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(6)};
    hypercall(set_trap_table, table);
    (void)TRY("ud2", ::: "memory");
    ktap_equal("flag 4 masks events in the handler", trap_seen.mask_inside, 1);
    ktap_equal("the saved mask is still 0", trap_seen.frame.saved_mask & 0xff, 0);
    ktap_equal("and iret restores it", vcpu0()->evtchn_upcall_mask, 0);
    events_disable();
    (void)TRY("ud2", ::: "memory");
    ktap_equal("a set mask is saved", trap_seen.frame.saved_mask & 0xff, 1);
    ktap_equal("IF in the frame is its inverse", trap_seen.frame.rflags >> 9 & 1, 0);
    ktap_equal("and restored", vcpu0()->evtchn_upcall_mask, 1);
    expect("a table inside the hypervisor", hypercall(set_trap_table, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("a table at an unmapped address", hypercall(set_trap_table, UNMAPPED), -XEN_EFAULT);
    expect("a table that begins in it and ends behind", hypercall(set_trap_table, 0xffff87fffffffff8), -XEN_EFAULT);
    expect("a table that runs out of the lower half", hypercall(set_trap_table, 0x00007ffffffffff8), -XEN_EFAULT);
    expect("a table that runs over the top", hypercall(set_trap_table, -8ull), -XEN_EFAULT);
    table[0].address = HYPERVISOR_TEXT;
    expect("a handler inside the hypervisor is only found when used", hypercall(set_trap_table, table), 0);
    table[0].address = NON_CANONICAL;
    expect("a handler at a non-canonical address", hypercall(set_trap_table, table), -XEN_EINVAL);
    table[0] = (struct trap_info){.vector = 6, .cs = 0, .address = TRAP_STUB(6)};
    expect("a null code selector is mended", hypercall(set_trap_table, table), 0);
    table[0].cs = 0x8;
    expect("a ring-0 selector is mended", hypercall(set_trap_table, table), 0);
    expect_trap("still works", TRY("ud2", ::: "memory"), 6, 0);
    expect("no table: all handlers are dropped", hypercall(set_trap_table, 0), 0);
    trap_table_install(0);
    expect_trap("and can be set again", TRY("ud2", ::: "memory"), 6, 0);
}
