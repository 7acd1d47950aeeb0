/* SPDX-License-Identifier: MIT */
/* The last picture of a guest: registers, code and stack, and how its fault address translates. */
#ifndef PARAVANE_PV_DUMP_H
#define PARAVANE_PV_DUMP_H

#include "domain/vcpu.h"

void dump_vcpu(struct vcpu *v, const struct regs *regs);
void dump_page_walk(const struct vcpu *v, uint64_t va);

#endif
