/* SPDX-License-Identifier: MIT */
/* A guest that asks for a restart. (ends: reboot) */
#include "guest.h"

void test_main(void)
{
    ktap_ok("alive", true);
    guest_exit(SHUTDOWN_reboot);
}
