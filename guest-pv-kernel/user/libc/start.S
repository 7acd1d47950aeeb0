/* SPDX-License-Identifier: MIT
 * A program begins here: argc in rdi, argv in rsi, the stack aligned. */
    .text
    .globl _start
_start:
    xor %ebp, %ebp
    call main
    mov %eax, %edi
    call exit_status
    ud2

/* uint64_t catch_call(fn, arg, uint64_t save[2]): see catch.c. */
    .globl catch_call, catch_back
catch_call:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdx)
    sub $8, %rsp
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
    add $8, %rsp
catch_leave:
    cld
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
/* void catch_back(sp): leave the catch_call that saved sp, with 0. */
catch_back:
    mov %rdi, %rsp
    xor %eax, %eax
    jmp catch_leave
    .section .note.GNU-stack, "", @progbits
