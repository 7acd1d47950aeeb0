/* SPDX-License-Identifier: MIT */
/*
 * Where another pcpu wakes: real mode, at the start of a page below 1 MiB that this is copied to. Straight to long
 * mode by head.S's tables and GDT, then to the real tables and to the pcpu's own stack. Position-independent up to
 * the far jump.
 */
#include "machine/layout.h"

#define PHYS(sym) (sym - HYPERVISOR_BASE)

    .section .rodata
    .globl trampoline_start, trampoline_end
    .code16
trampoline_start:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl trampoline_gdtr - trampoline_start
    movl $0x20, %eax                /* PAE */
    movl %eax, %cr4
    movl $PHYS(boot_pml4), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx
    rdmsr
    orl $0x900, %eax                /* LME NXE */
    wrmsr
    movl $0x80050033, %eax
    movl %eax, %cr0
    ljmpl $SEL_CS64, $PHYS(trampoline_long)
    .align 4
trampoline_gdtr:
    .short GDT_RESERVED + 24 - 1
    .long PHYS(boot_gdt) - GDT_RESERVED
trampoline_end:

    .text
    .code64
trampoline_long:
    movabs $1f, %rax
    jmp *%rax
1:  movq smp_root(%rip), %rax
    movq %rax, %cr3
    movq smp_stack(%rip), %rsp
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    xorl %ebp, %ebp
    call *smp_entry(%rip)
    ud2

    .section .note.GNU-stack, "", @progbits
