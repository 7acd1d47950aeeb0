/* SPDX-License-Identifier: MIT */
/* An exception of the kernel whose frame does not fit on its stack ends the domain. (ends: crash) */
#include "guest.h"

void test_main(void)
{
    ktap_ok("runs", true);
    print("# the domain ends here\n");
    __asm__ volatile("movq %0, %%rsp\n\tud2" : : "r"(UNMAPPED) : "memory");
    ktap_ok("not reached", false);
}
