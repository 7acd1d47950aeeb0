/* SPDX-License-Identifier: MIT */
/* The end of the machine, with a status that a script can read (exit=debug-port under QEMU). */
#pragma once

#include "lib/types.h"

enum power_reason {
    POWER_CLEAN = 0x10, /* QEMU's status: 33 */
    POWER_CRASH = 0x11, /* a guest crashed: 35 */
    POWER_PANIC = 0x12, /* we did: 37 */
};

extern bool power_debug_port; /* exit=debug-port */
extern bool power_no_reboot;  /* noreboot: stop where we would restart */

void NORETURN power_off(enum power_reason reason);
void NORETURN power_reset(void);
