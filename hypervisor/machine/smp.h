/* SPDX-License-Identifier: MIT */
/* Starting the other pcpus: INIT, STARTUP, the trampoline, and onto their own stacks. */
#pragma once

#include "lib/types.h"

/* boot/trampoline.S: 16-bit code to be copied to a page below 1 MiB. */
extern const char trampoline_start[], trampoline_end[];

/*
 * Starts the pcpu with that APIC id as number cpu, whose region and descriptor area are mapped in
 * root. It comes out in entry() on its own stack. False: it did not answer within a second.
 */
bool smp_start(uint32_t cpu, uint32_t apic_id, uint64_t trampoline, uint64_t root,
               void (*entry)(void));

/* Called by the new pcpu when it can be used. */
void smp_online(void);
