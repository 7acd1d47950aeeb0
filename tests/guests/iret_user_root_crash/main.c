/* SPDX-License-Identifier: MIT */
/* An iret to user mode without a root table for it ends the domain. (ends: crash) */
#include "guest.h"

static void do_ud2(void) { __asm__ volatile("ud2"); }

void test_main(void)
{
    struct frame frame;

    user_frame(&frame, do_ud2);
    ktap_ok("runs", true);
    print("# the domain ends here\n");
    user_call(&frame);
    ktap_ok("not reached", false);
}
