/* SPDX-License-Identifier: MIT */
/* From the boot loader (Multiboot 1: 32 bits, no paging) to C in 64-bit mode, 1 GiB mapped at VIRT_BASE. */
#include "kernel.h"
#define PHYSICAL(x) ((x) - VIRT_BASE)

    .section .head, "ax"
    .code32
    .balign 4
multiboot:
    .long 0x1badb002, 0x00010000, -(0x1badb002 + 0x00010000)
    .long PHYSICAL(multiboot), 0x100000, PHYSICAL(_load_end), PHYSICAL(_end), PHYSICAL(_start)

    .globl _start
_start:
    cld
    movl $PHYSICAL(l3) + 3, PHYSICAL(l4)                /* low, until we are up there */
    movl $PHYSICAL(l3) + 3, PHYSICAL(l4) + 511 * 8
    movl $PHYSICAL(l2) + 3, PHYSICAL(l3)
    movl $PHYSICAL(l2) + 3, PHYSICAL(l3) + 510 * 8
    mov $PHYSICAL(l2), %edi
    mov $0x83, %eax                                     /* present, writable, 2 MiB */
1:  mov %eax, (%edi)
    add $8, %edi
    add $0x200000, %eax
    cmp $0x40000083, %eax
    jne 1b
    mov $PHYSICAL(l4), %eax
    mov %eax, %cr3
    mov $0x20, %eax                                     /* PAE */
    mov %eax, %cr4
    mov $0xc0000080, %ecx                               /* EFER: LME, SCE */
    mov $0x101, %eax
    xor %edx, %edx
    wrmsr
    mov $0x80010001, %eax                               /* PG, WP, PE */
    mov %eax, %cr0
    lgdt PHYSICAL(boot_gdtr)
    ljmp $KERNEL_CODE, $PHYSICAL(2f)
    .code64
2:  movabs $3f, %rax
    jmp *%rax
3:  mov $boot_stack_end, %rsp
    movq $l4, boot_root
    xor %ebp, %ebp
    call kernel_main
    ud2

    .balign 8
boot_gdt:
    .quad 0, 0x00209b0000000000
boot_gdtr:
    .word 15
    .quad PHYSICAL(boot_gdt)

    .bss
    .balign 4096
l4: .skip 4096
l3: .skip 4096
l2: .skip 4096
    .skip 16384
boot_stack_end:
