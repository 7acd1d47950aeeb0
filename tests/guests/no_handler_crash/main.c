/* SPDX-License-Identifier: MIT */
/* An exception for which no handler is registered ends the domain. (ends: crash) */
#include "guest.h"

void test_main(void)
{
    expect("all handlers dropped", hypercall(set_trap_table, 0), 0);
    print("# the domain ends here\n");
    __asm__ volatile("ud2");
    ktap_ok("not reached", false);
}
