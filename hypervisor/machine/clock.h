/* SPDX-License-Identifier: MIT */
/*
 * Time: system time is ns counted by the TSC from its zero, scaled as pvclock pages tell guests:
 * ns = ((tsc << shift) * mul) >> 32 (shift may be negative).
 */
#pragma once

#include "lib/types.h"
#include "machine/insn.h"

struct clock_scale {
    uint32_t mul;
    int8_t shift;
};

extern struct clock_scale clock_tsc_scale;
extern uint64_t clock_tsc_khz;
extern uint64_t clock_boot_wallclock_ns; /* since 1970, when system time was 0 */

/* pm_timer: I/O port of the ACPI timer, which the TSC is measured by. */
void clock_init(uint16_t pm_timer);

static inline uint64_t clock_tsc_to_ns(uint64_t tsc)
{
    uint64_t t = clock_tsc_scale.shift < 0 ? tsc >> -clock_tsc_scale.shift : tsc << clock_tsc_scale.shift;

    return (uint64_t)(((unsigned __int128)t * clock_tsc_scale.mul) >> 32);
}

static inline uint64_t clock_now_ns(void)
{
    return clock_tsc_to_ns(rdtsc());
}

void clock_delay_us(unsigned int us); /* boot only */
