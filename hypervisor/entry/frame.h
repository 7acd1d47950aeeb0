/* SPDX-License-Identifier: MIT */
/* For assembly: struct regs and struct pcpu from where rsp is in an entry, and detours from the usual way. */
#pragma once

#include <gen/offsets.h>

/* The guest's registers end where struct pcpu begins: cpu(FIELD) is for when rsp is that of struct regs. */
#define GUEST_REGS      (PCPU_STRUCT_OFF - REGS_SIZE)
#define cpu(field)      REGS_SIZE + PCPU_##field(%rsp)

#define SAVE(register)  movq %register, REGS_##register(%rsp)
#define LOAD(register)  movq REGS_##register(%rsp), %register

#define SAVE_RIP        movq %rcx, REGS_rip(%rsp) /* as SYSCALL brings it */

/* What C keeps for its caller. */
#define SAVE_PRESERVED  SAVE(rbx); SAVE(rbp); SAVE(r12); SAVE(r13); SAVE(r14); SAVE(r15)
#define LOAD_PRESERVED  LOAD(rbx); LOAD(rbp); LOAD(r12); LOAD(r13); LOAD(r14); LOAD(r15)

/*
 * The first five bytes at `place` may become a jump to `detour`, which does the same and more (machine/mitigations.c):
 * what is there must be as long, and only its first byte be jumped to.
 */
        .macro DETOUR table, place, detour
        .pushsection .detours.\table, "a"
        .balign 4
        .long   \place - .
        .long   \detour - .
        .popsection
        .endm
