/* SPDX-License-Identifier: MIT */
/*
 * What one pcpu tells another, and which pcpus there are.
 */
#pragma once

#include "lib/types.h"
#include "machine/layout.h"
#include "machine/pcpu.h"

/* The pcpu leaves guest mode or its hlt and goes through exit.c's loop. Flags are the caller's to
 * set, before. */
void ipi_kick(uint32_t cpu);

extern uint64_t pcpu_online_mask; /* bit n: pcpu id n is up */
extern uint32_t pcpu_count;       /* ids are 0 .. pcpu_count - 1 */

static inline struct pcpu *pcpu_of(uint32_t cpu)
{
    return (struct pcpu *)(PCPU_AREA + cpu * PCPU_REGION_SIZE + PCPU_STRUCT_OFF);
}
