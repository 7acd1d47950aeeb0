/* SPDX-License-Identifier: MIT */
/* In the place of hypervisor/machine/insn.h: CPUID and XCR0 are those of the test's CPU. */
#ifndef UNIT_FAKE_CPU_INSN_H
#define UNIT_FAKE_CPU_INSN_H

#define cpuid  host_cpuid
#define xgetbv host_xgetbv
#define xsetbv host_xsetbv
#include "../../../../hypervisor/machine/insn.h"
#undef cpuid
#undef xgetbv
#undef xsetbv

struct cpuid_regs cpuid(uint32_t leaf, uint32_t sub);
uint64_t xgetbv(uint32_t index);
void xsetbv(uint32_t index, uint64_t value);

#endif
