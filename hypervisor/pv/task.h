/* SPDX-License-Identifier: MIT */
/* What a guest kernel sets when it switches its own tasks: the stack to enter on, TS, and the segment bases. */
#ifndef PARAVANE_PV_TASK_H
#define PARAVANE_PV_TASK_H

#include "domain/vcpu.h"

#define GUEST_CR0_TS 8u

void task_set_ts(struct vcpu *v, bool set);
void task_load_ts(struct vcpu *v);          /* the CPU's TS as the loaded vcpu has it */

/* #NM: the guest set TS, so its kernel is told, and TS is clear from then on. */
void task_device_not_available(struct vcpu *v, struct regs *regs);

#endif
