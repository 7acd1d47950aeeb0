/* SPDX-License-Identifier: MIT */
/*
 * Against what speculation tells one domain of another, or of us, on silicon: spec-ctrl=auto, on, unsplit or off. auto
 * is what the CPU says it needs; on is all it has; unsplit is that without split roots; what there is none of is told at
 * boot and in docs/limits.md.
 */
#pragma once

#include "lib/types.h"

enum mitigations_choice {
    MITIGATIONS_AUTO,
    MITIGATIONS_ON,
    MITIGATIONS_UNSPLIT,
    MITIGATIONS_OFF
};

/* What the decision rests on: CPUID and, where there is one, IA32_ARCH_CAPABILITIES. */
struct mitigations_cpu {
    bool amd, emulated; /* in software, which does not speculate */
    uint32_t leaf7_edx, leaf80000008_ebx;
    uint64_t arch_capabilities;
};

struct mitigations {
    uint64_t spec_ctrl; /* stays in IA32_SPEC_CTRL, 0: not written */
    bool barrier;       /* IBPB when a pcpu takes up another domain's vcpu */
    bool clear_buffers; /* VERW before each return to a guest */
    bool retpolines;    /* indirect calls and jumps go where they should, or wait */
    bool meltdown;      /* the CPU has it: ring 3 can read what is mapped for ring 0 alone */
    bool split;         /* guests run on roots without our half (machine/root_split.h) */
};

extern struct mitigations mitigations;

struct mitigations mitigations_decide(const struct mitigations_cpu *cpu, enum mitigations_choice choice);

/* Decides for this CPU and patches the ways in and out, while text is writable; says what it does. */
void mitigations_detect(enum mitigations_choice choice);
void mitigations_setup(void); /* each pcpu */
