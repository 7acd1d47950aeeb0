/* SPDX-License-Identifier: MIT */
/*
 * Time as a guest reads it: the TSC scale in vcpu_info (and in the secondary area a vcpu may register), the wallclock
 * in shared_info, and the runstate area. The scale never changes while the machine runs, so a guest's copy is right
 * from its first instruction; it is refreshed when a vcpu is scheduled in, to keep the multiplied TSC difference small.
 *
 * The registered areas are guest virtual addresses of the guest's kernel. If they cannot be written now (user root
 * loaded), areas_stale stays set; whoever brings the vcpu back to kernel mode calls time_write_areas.
 */
#pragma once

#include "lib/types.h"

struct shared_info;
struct vcpu;

void time_update(struct vcpu *v);              /* vcpu_info.time, now; and before the first instruction */
void time_set_wallclock(struct shared_info *s); /* shared_info.wc_*, before the domain runs; it stays */

void time_sched_in(struct vcpu *v);            /* v is current and its tables are loaded */
void time_sched_out(struct vcpu *v);           /* v stops, its tables still loaded */
void time_write_areas(struct vcpu *v);         /* runstate and secondary time area of the current vcpu */
