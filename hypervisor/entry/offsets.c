/* SPDX-License-Identifier: MIT */
/*
 * Structure offsets for the assembly, made from the C definitions: compiled to assembly only, from which the build
 * picks the `->NAME value` lines into build/gen/offsets.h. Nothing here is linked.
 */
#include "machine/pcpu.h"
#include "machine/regs.h"

#define DEFINE(name, value) asm volatile("\n.ascii \"->" #name " %0\"" : : "i"(value))

void offsets(void);
void offsets(void)
{
    DEFINE(REGS_error_code, __builtin_offsetof(struct regs, error_code));
    DEFINE(REGS_rip, __builtin_offsetof(struct regs, rip));
    DEFINE(REGS_cs, __builtin_offsetof(struct regs, cs));
    DEFINE(REGS_rflags, __builtin_offsetof(struct regs, rflags));
    DEFINE(REGS_rsp, __builtin_offsetof(struct regs, rsp));
    DEFINE(REGS_SIZE, sizeof(struct regs));
    DEFINE(PCPU_scratch_rsp, __builtin_offsetof(struct pcpu, scratch_rsp));
}
