/* SPDX-License-Identifier: MIT */
/* A guest that suspends itself: with nobody to resume it, that is an end, and no crash. */
#include "guest.h"

void test_main(void)
{
    ktap_ok("alive", true);
    guest_exit(SHUTDOWN_suspend);
}
