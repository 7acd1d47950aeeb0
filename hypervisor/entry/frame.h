/* SPDX-License-Identifier: MIT */
/* For assembly: struct regs and struct pcpu from where rsp is in an entry. */
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
