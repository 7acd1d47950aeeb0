/* SPDX-License-Identifier: MIT */
/*
 * A kernel stack that cannot take a frame: an exception from user mode then has nowhere to go, and the
 * hypervisor ends the domain, saying why. (ends: crash)
 */
#include "guest.h"

static void do_ud2(void) { __asm__ volatile("ud2"); }

void test_main(void)
{
    struct frame frame;

    user_root_install();
    expect("a stack that is not mapped", hypercall(stack_switch, FLAT_KERNEL_SS, UNMAPPED), 0);
    user_frame(&frame, do_ud2);
    print("# the domain ends here\n");
    user_call(&frame);
    ktap_ok("not reached", false);
}
