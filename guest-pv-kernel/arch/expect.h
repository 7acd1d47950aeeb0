/* SPDX-License-Identifier: MIT
 * Faults that are wanted: a test or a probe runs an instruction and gets the trap as a value. */
#ifndef ARCH_EXPECT_H
#define ARCH_EXPECT_H

#include "arch/seam.h"

/* What happened to the instructions between expect_run's start and end. */
struct expect {
    bool trapped;
    struct regs regs; /* as the handler saw them */
    uint64_t cr2;
    bool masked;      /* event mask in the handler */
};

/* Calls fn(arg). If it traps, the handler records the frame in *e and fn is left where it was; then
 * returns 0. Otherwise the function's own value. Runs with this cpu's interrupts off. */
uint64_t expect_run(struct expect *e, uint64_t (*fn)(uint64_t), uint64_t arg);

/* For trap.c. */
bool expect_met(struct regs *r, uint64_t cr2);
bool expect_spurious(uint64_t cr2);

#endif
