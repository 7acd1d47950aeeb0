/* SPDX-License-Identifier: MIT */
/* Every way into the kernel makes a struct frame and calls trap(); there is one way out. */
#include "kernel.h"

    .text
    .globl trap_stubs, trap_return
    .balign 16
trap_stubs:                             /* vectors 0 to 33, 16 bytes each */
vector = 0
    .rept 34
    .balign 16
    pop %rcx                            /* the hypervisor pushed these two last */
    pop %r11
    .if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21)
    .else
    push $0                             /* where the processor pushes no error code */
    .endif
    push $vector
    jmp enter
vector = vector + 1
    .endr

enter:
    push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %rax
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    call trap
trap_return:
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rax
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    add $8, %rsp                        /* the vector */
    movq $0, (%rsp)                     /* error code -> flags: restore rcx and r11 too */
    jmp hypercall_page + 32 * 23        /* iret: pushes rcx, r11, rax, and does not come back */

/* long user_run(struct frame *): continue as the frame says; come back when somebody calls user_leave(value). */
    .globl user_run, user_leave
user_run:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, kernel_rsp
    mov %rdi, %rsp
    jmp trap_return
user_leave:
    mov %rdi, %rax
    mov kernel_rsp, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .bss
    .balign 16
    .globl trap_stack
trap_stack:
    .skip TRAP_STACK_SIZE
kernel_rsp:
    .skip 8
