/* SPDX-License-Identifier: MIT */
/* An iret whose frame cannot be read ends the domain. (ends: crash) */
#include "guest.h"

void test_main(void)
{
    ktap_ok("runs", true);
    print("# the domain ends here\n");
    __asm__ volatile("movq %0, %%rsp\n\tsyscall" : : "r"(UNMAPPED), "a"(__HYPERVISOR_iret) : "memory");
    ktap_ok("not reached", false);
}
