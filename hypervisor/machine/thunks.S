/* SPDX-License-Identifier: MIT */
/*
 * Where the compiler sends every indirect call and jump: a thunk for each register. It jumps. Where the CPU could be
 * made to speculate elsewhere by whoever ran before, its detour is a retpoline: a return, which it expects to go to 2.
 */
#include "machine/asm.h"

    .text
    .irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    .balign 32
    .globl __x86_indirect_thunk_\register
__x86_indirect_thunk_\register:
    jmp *%\register
    .fill __x86_indirect_thunk_\register + 5 - ., 1, 0xcc
1:  call 3f
2:  pause
    lfence
    jmp 2b
3:  mov %\register, (%rsp)
    ret
    DETOUR retpoline, __x86_indirect_thunk_\register, 1b
    .endr

    .section .note.GNU-stack, "", @progbits
