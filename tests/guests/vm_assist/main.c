/* SPDX-License-Identifier: MIT */
/* vm_assist: the assists a 64-bit PV guest may have. */
#include "guest.h"

void test_main(void)
{
    expect("writable page tables", hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
    expect("runstate update flag", hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0);
    expect("architectural iopl", hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0);
    expect("and off", hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_architectural_iopl), 0);
    expect("4 GiB segments, of no use to a 64-bit guest", hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_4gb_segments), 0);
    expect("extended cr3, likewise", hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_pae_extended_cr3), 0);
    expect("strict M2P", hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_m2p_strict), 0);
    expect("and off", hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_m2p_strict), 0);
    expect("an unknown assist", hypercall(vm_assist, VMASST_CMD_enable, 63), -XEN_EINVAL);
    expect("one beyond a word", hypercall(vm_assist, VMASST_CMD_enable, 64), -XEN_EINVAL);
    expect("an unknown command", hypercall(vm_assist, 77, VMASST_TYPE_writable_pagetables), -XEN_ENOSYS);
}
