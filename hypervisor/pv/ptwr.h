/* SPDX-License-Identifier: MIT */
/*
 * Writable page tables: a guest kernel that asked for the assist may store to its own l1 tables as if they were
 * writable. The store faults, is decoded, and goes the way of mmu_update.
 */
#ifndef PARAVANE_PV_PTWR_H
#define PARAVANE_PV_PTWR_H

#include "domain/vcpu.h"

/* A write fault of the guest kernel at va. True: emulated (or a racing change, to be retried). */
bool ptwr_fault(struct vcpu *v, struct regs *regs, uint64_t va);

#endif
