/* SPDX-License-Identifier: MIT */
/* What the CPU can do, and how we set it up. Detected once; all pcpus are taken to be alike. */
#pragma once

#include "lib/types.h"

enum cpu_feature {
    CPU_SMEP,
    CPU_SMAP, /* present and used: false under an emulator that gets it wrong */
    CPU_UMIP,
    CPU_PCID, /* present and used: pcid=off */
    CPU_FSGSBASE,
    CPU_XSAVE,
    CPU_XSAVEOPT,
    CPU_PAGES_1G,
    CPU_HYPERVISOR, /* we are somebody's guest ourselves */
    CPU_MCE,
    CPU_TSC_STABLE, /* one rate whatever the power state, and the same count on every pcpu */
    CPU_FEATURES
};

extern uint64_t cpu_features;
extern bool cpu_is_amd; /* or Hygon: the vendors that lack SYSENTER in long mode */
extern unsigned int cpu_phys_bits;
bool cpu_is_emulated(void); /* by QEMU's TCG */

static inline bool cpu_has(enum cpu_feature f)
{
    return cpu_features >> f & 1;
}

/* Reads CPUID, decides what is used. False forbids it (smap=off, pcid=off). */
void cpu_detect(bool smap, bool pcid);

/* Sets cr0, cr4, EFER and PAT on the pcpu that runs this. */
void cpu_setup(void);

/* Where SYSCALL (64-bit and compatibility mode) and SYSENTER enter, for the pcpu that runs this. */
void cpu_set_syscall_entries(uint64_t entry64, uint64_t entry32, uint64_t sysenter);
