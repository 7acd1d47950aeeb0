/* SPDX-License-Identifier: MIT */
/* Debug registers of a guest: checked so that no breakpoint can ever lie in the hypervisor. */
#ifndef PARAVANE_PV_DEBUGREG_H
#define PARAVANE_PV_DEBUGREG_H

#include "domain/vcpu.h"

#define DR6_RESERVED 0xffff0ff0ul /* read as ones */
#define DR7_RESERVED 0x400ul
#define DR7_ENABLES  0xfful

/* 0, or the negative errno of the row that refuses it. Loads the CPU's if v is current. */
long debugreg_set(struct vcpu *v, uint32_t reg, uint64_t value);
bool debugreg_get(const struct vcpu *v, uint32_t reg, uint64_t *value);

void debugreg_save(struct vcpu *v);
void debugreg_load(struct vcpu *v);

/* #DB in our own code: a guest's data breakpoint on what we read for it. Not reported to anybody. */
void debugreg_in_hypervisor(struct regs *regs);

#endif
