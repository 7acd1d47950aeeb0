/* SPDX-License-Identifier: MIT */
/* The program: copied to USER_TEXT and run in user mode. Its first push makes its stack come. */
    .section .rodata
    .balign 4096
    .globl user_text, user_text_end
user_text:
    push $42
    lea hello(%rip), %rdi
    mov (%rsp), %rsi
    xor %eax, %eax              /* write */
    syscall
    mov $1, %eax                /* ticks: wait for the next one, here in user mode */
    syscall
    mov %rax, %rbx
1:  mov $1, %eax
    syscall
    cmp %rbx, %rax
    je 1b
    lea later(%rip), %rdi
    mov $1, %esi
    xor %eax, %eax
    syscall
    pop %rdi
    mov $2, %eax                /* exit */
    syscall
hello:
    .asciz "hello from user mode, on my stack is"
later:
    .asciz "ticks later, at least"
    .balign 4096
user_text_end:
