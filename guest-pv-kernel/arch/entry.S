/* SPDX-License-Identifier: MIT
 * In and out of the kernel. Every way in ends in one struct regs and one C call; the one way out is
 * the iret hypercall, which puts the event mask, the root and the ring right in a single step: so
 * there is no moment between unmasking and returning in which an event could be lost or nest
 * without bound. Invariant: the hypervisor has masked events before any of this runs.
 *
 * It pushes, low to high: rcx, r11, [error code], rip, cs, rflags, rsp, ss. */
#include "arch/layout.h"
#include <xen/xen.h>

    .text
/* The hypervisor's frame for vector 0..31; 8, 10..14, 17, 21, 29 and 30 come with an error code. */
.macro entry_vector n
entry_vector_\n:
    pop %rcx
    pop %r11
    .if !((0x60227d00 >> (\n & 31)) & 1)
    push $0
    .endif
    push $\n
    jmp enter
.endm

/* The exceptions, then the software vectors int 0x80..0x83. */
.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 128, 129, 130, 131
    entry_vector \n
.endr

    .globl entry_event, entry_syscall, entry_syscall32, entry_failsafe
entry_event:
    pop %rcx
    pop %r11
    push $0
    push $32
    jmp enter

entry_syscall32:
entry_syscall:
    pop %rcx
    pop %r11
    push $0
    push $33
    /* fall through */

enter:
    cld
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
    mov %rsp, %rdi
    call trap_dispatch

/* Leave through the struct regs at rsp. The iret frame is rax, r11, rcx, flags, rip, cs, rflags,
 * rsp, ss; the hypercall page's iret stub pushes the first three itself. */
    .globl user_return
user_return:
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
    add $8, %rsp                /* vector */
    movq $0, (%rsp)             /* error code -> flags */
    jmp hypercall_page + __HYPERVISOR_iret * 32

/* The hypervisor could not load a selector or return for us: frame is rcx, r11, ds, es, fs, gs,
 * then as above without an error code. A flat kernel has no such selectors of its own; only a user
 * can. */
entry_failsafe:
    pop %rcx
    pop %r11
    add $32, %rsp
    push $0
    push $34
    jmp enter

/* void stack_swap(uint64_t *save, uint64_t load): to the other thread's kernel stack. */
    .globl stack_swap
stack_swap:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

/* First run of a thread: rbx = function or 0 for a user process whose struct regs are at rsp. */
    .globl stack_first
stack_first:
    xor %ebp, %ebp
    call thread_begin
    test %rbx, %rbx
    jz user_return
    mov %r12, %rdi
    call *%rbx
    call thread_end
    ud2

/* void regs_capture(struct regs *): the caller's, for a panic that has no trap frame. */
    .globl regs_capture
regs_capture:
    mov %r15, 0(%rdi)
    mov %r14, 8(%rdi)
    mov %r13, 16(%rdi)
    mov %r12, 24(%rdi)
    mov %rbp, 32(%rdi)
    mov %rbx, 40(%rdi)
    mov %r11, 48(%rdi)
    mov %r10, 56(%rdi)
    mov %r9, 64(%rdi)
    mov %r8, 72(%rdi)
    mov %rax, 80(%rdi)
    mov %rcx, 88(%rdi)
    mov %rdx, 96(%rdi)
    mov %rsi, 104(%rdi)
    mov %rdi, 112(%rdi)
    mov (%rsp), %rax
    mov %rax, 136(%rdi)             /* rip */
    mov %cs, 144(%rdi)
    pushfq
    popq 152(%rdi)
    lea 8(%rsp), %rax
    mov %rax, 160(%rdi)             /* rsp */
    mov %ss, 168(%rdi)
    ret

/* bool user_copy(void *to, const void *from, size_t n): the fault handler knows this one rep movsb
 * by its labels and continues at user_copy_failed. */
    .globl user_copy, user_copy_moves, user_copy_failed
user_copy:
    mov %rdx, %rcx
user_copy_moves:
    rep movsb
    mov $1, %eax
    ret
user_copy_failed:
    xor %eax, %eax
    ret

    .section .rodata
    .balign 8
    .globl entry_vectors
entry_vectors:
.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, \
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 128, 129, 130, 131
    .quad entry_vector_\n
.endr
    .section .note.GNU-stack, "", @progbits
