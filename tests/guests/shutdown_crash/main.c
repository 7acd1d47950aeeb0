/* SPDX-License-Identifier: MIT */
/* A guest that says it crashed. (ends: crash) */
#include "guest.h"

void test_main(void)
{
    ktap_ok("alive", true);
    guest_exit(SHUTDOWN_crash);
}
