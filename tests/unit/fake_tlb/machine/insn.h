/* SPDX-License-Identifier: MIT */
/* In the place of hypervisor/machine/insn.h: cr3 and the translations it brings are those of the test's CPU. */
#ifndef UNIT_FAKE_TLB_INSN_H
#define UNIT_FAKE_TLB_INSN_H

#define read_cr3  host_read_cr3
#define write_cr3 host_write_cr3
#define invlpg    host_invlpg
#include "../../../../hypervisor/machine/insn.h"
#undef read_cr3
#undef write_cr3
#undef invlpg

uint64_t read_cr3(void);
void write_cr3(uint64_t value);
void invlpg(uint64_t va);

#endif
