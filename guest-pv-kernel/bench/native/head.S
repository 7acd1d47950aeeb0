/* SPDX-License-Identifier: MIT
 * The bare machine up to C, and its handlers. The loader (Multiboot 1, as QEMU's -kernel speaks it)
 * leaves us in 32-bit mode; long mode, a stack, native_main. Handlers have the least length that
 * does the work, like those in bench/bounce.S; the syscall changes to a kernel stack. */
#include "bench/native/native.h"

    .section .text.head, "ax"
    .code32
    .balign 4
multiboot:
    .long 0x1badb002, 0x00010000, -(0x1badb002 + 0x00010000)
    .long multiboot, 0x100000, _image_end, _end, _start

    .globl _start
_start:
    cld
    lea native_root, %edi
    lea native_l3, %eax
    or $7, %eax
    mov %eax, (%edi)
    lea native_other_root, %edi
    mov %eax, (%edi)
    lea native_l3, %edi
    mov $0x87, %eax             /* present, writable, user, 1 GiB */
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $8, %edi
    add $0x40000000, %eax
    loop 1b
    mov %cr4, %eax
    or $0x20, %eax              /* PAE */
    mov %eax, %cr4
    lea native_root, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x101, %eax             /* LME, SCE */
    wrmsr
    mov %cr0, %eax
    or $0x80010000, %eax        /* PG, WP */
    mov %eax, %cr0
    lgdt native_gdtr
    ljmp $SEL_KERNEL_CODE, $2f
    .code64
2:  mov $SEL_KERNEL_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    lea native_stack + 16384(%rip), %rsp
    xor %ebp, %ebp
    call native_main
3:  hlt
    jmp 3b

    .text
    .globl native_vector_6, native_vector_14, native_vector_80, native_ipi, native_stray
native_vector_6:
    addq $2, (%rsp)
    iretq
native_vector_14:
    add $8, %rsp                /* error code */
    addq $2, (%rsp)
native_vector_80:
    iretq
native_ipi:
    push %rax
    incl native_ipis(%rip)
    mov $APIC + APIC_EOI, %eax
    movl $0, (%rax)
    pop %rax
    iretq
native_stray:
    mov (%rsp), %rdi
    mov 8(%rsp), %rsi
    and $-16, %rsp
    call native_died

/* Syscalls: %gs:0 is the kernel's stack, %gs:8 where the user's waits. */
    .globl native_syscall_iret, native_syscall_sysret, native_per_cpu
native_syscall_iret:
    swapgs
    mov %rsp, %gs:8
    mov %gs:0, %rsp
    push $SEL_USER_DATA
    push %gs:8
    push %r11
    push $SEL_USER_CODE
    push %rcx
    swapgs
    iretq
native_syscall_sysret:
    swapgs
    mov %rsp, %gs:8
    mov %gs:0, %rsp
    mov %gs:8, %rsp
    swapgs
    sysretq

/* void native_run_user(fn, arg): fn(arg) in ring 3; its return is int VECTOR_LEAVE_USER. */
    .globl native_run_user, native_leave_user
native_run_user:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, kernel_rsp(%rip)
    mov %rdi, %rax
    mov %rsi, %rdi
    lea user_stack + 16384(%rip), %rcx
    push $SEL_USER_DATA
    push %rcx
    push $2
    push $SEL_USER_CODE
    lea 1f(%rip), %rcx
    push %rcx
    iretq
1:  call *%rax
    int $VECTOR_LEAVE_USER
native_leave_user:
    mov kernel_rsp(%rip), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

    .data
    .balign 8
    .globl native_gdt, native_gdtr
native_gdt:
    .quad 0, 0x00209b0000000000, 0x0000930000000000, 0x0000f30000000000, 0x0020fb0000000000
    .quad 0, 0, 0               /* the TSS, and one to write */
native_gdtr:
    .word 63
    .quad native_gdt
native_per_cpu:
    .quad trap_stack + 16384, 0

    .bss
    .balign 4096
    .globl native_root, native_other_root, native_stack, trap_stack
native_root: .skip 4096
native_other_root: .skip 4096
native_l3: .skip 4096
native_stack: .skip 16384
trap_stack: .skip 16384
user_stack: .skip 16384
kernel_rsp: .skip 8
    .section .note.GNU-stack, "", @progbits
