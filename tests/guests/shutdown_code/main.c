/* SPDX-License-Identifier: MIT */
/*
 * SCHEDOP_shutdown_code says early what the end will mean: the reason given with the shutdown itself does not count
 * any more. (ends: crash)
 */
#include "guest.h"

void test_main(void)
{
    struct sched_shutdown crash = {.reason = SHUTDOWN_crash};

    expect("the code", hypercall(sched_op, SCHEDOP_shutdown_code, &crash), 0);
    guest_exit(SHUTDOWN_poweroff);
}
