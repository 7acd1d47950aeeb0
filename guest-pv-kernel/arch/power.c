/* SPDX-License-Identifier: MIT
 * The three ways a domain ends, all by sched_op shutdown. */
#include "arch/paravirt.h"

static void __attribute__((noreturn)) machine_shutdown(unsigned reason)
{
    struct sched_shutdown op = {.reason = reason};

    irq_disable();
    for (;;)
        HYPERVISOR_sched_op(SCHEDOP_shutdown, &op);
}

void machine_poweroff(void)
{
    machine_shutdown(SHUTDOWN_poweroff);
}

void machine_reboot(void)
{
    machine_shutdown(SHUTDOWN_reboot);
}

void machine_crash(void)
{
    machine_shutdown(SHUTDOWN_crash);
}
