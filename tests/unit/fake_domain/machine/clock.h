/* SPDX-License-Identifier: MIT */
/* In the place of hypervisor/machine/clock.h: time stands still unless the test moves it. */
#ifndef PARAVANE_MACHINE_CLOCK_H
#define PARAVANE_MACHINE_CLOCK_H

#include "lib/types.h"

extern volatile uint64_t fake_now;

static inline uint64_t clock_now_ns(void)
{
    return fake_now;
}

struct clock_scale {
    uint32_t mul;
    int8_t shift;
};

extern struct clock_scale clock_tsc_scale;
extern uint64_t clock_boot_wallclock_ns;

static inline uint64_t rdtsc(void) /* a nanosecond a tick */
{
    return fake_now;
}

static inline uint64_t clock_tsc_to_ns(uint64_t tsc)
{
    return tsc;
}

#endif
