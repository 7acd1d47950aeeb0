/* SPDX-License-Identifier: MIT */
/*
 * A 64-bit PV guest's kernel and user programs both run in ring 3. What keeps them apart is the root table, and the
 * GS base goes along. These are the only places that change v->kernel_mode.
 */
#ifndef PARAVANE_PV_MODE_H
#define PARAVANE_PV_MODE_H

#include "domain/vcpu.h"

/* The current vcpu, loaded in this CPU. mode_enter_user needs root_user != 0. */
void mode_enter_kernel(struct vcpu *v);
void mode_enter_user(struct vcpu *v);

/* Makes cr3 what the current vcpu's mode and roots say, if it is not already. */
void mode_load_root(struct vcpu *v);

#endif
