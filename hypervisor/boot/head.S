/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader to C. Both Multiboot headers enter here in 32-bit protected mode without paging, with our
 * image at 2 MiB and its bss cleared. We check that this CPU can run us, build the first page tables and jump high. Other pcpus, which main.c
 * starts, come in through the trampoline and take the second half of the way.
 *
 * First tables: 4 GiB of identity map (for this file and the trampoline), the same seen through the direct map, the
 * first GiB at HYPERVISOR_BASE, and pcpu 0's main stack. They are writable and executable and live only until
 * mappings.c has made the real ones and the other pcpus have come up.
 */
#include "machine/layout.h"

#define PHYS(sym) (sym - HYPERVISOR_BASE)

#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00010003 /* page-aligned modules, memory map, addresses below are valid */
#define MB2_MAGIC 0xe85250d6

#define COM1          0x3f8
#define CR0_PROTECTED 0x11       /* ET PE */
#define CR0_BOOT      0x80050033 /* PG AM WP NE ET MP PE */
#define CR4_PAE       0x20
#define MSR_EFER      0xc0000080
#define EFER_BOOT     0x900      /* LME NXE */
#define PT_RW         3
#define PT_LARGE      0x83

#define SEL_CS32 0xe018 /* in boot_gdt only */

    .section .head, "ax"
    .code32
    .align 8
mb1_header:
    .long MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)
    .long PHYS(mb1_header), PHYS(image_start), PHYS(image_load_end), PHYS(image_end), PHYS(head_entry)

    .align 8
mb2_header:
    .long MB2_MAGIC, 0, mb2_header_end - mb2_header
    .long 0x100000000 - (MB2_MAGIC + (mb2_header_end - mb2_header))
    .short 2, 0                     /* where the image goes */
    .long 24
    .long PHYS(mb2_header), PHYS(image_start), PHYS(image_load_end), PHYS(image_end)
    .align 8
    .short 3, 0                     /* entry point */
    .long 12
    .long PHYS(head_entry)
    .align 8
    .short 0, 0
    .long 8
mb2_header_end:

    .globl head_entry
head_entry:
    cli
    cld
    movl %eax, %ebp                 /* loader's magic, kept until C as its information in ebx */
    movl $PHYS(boot_main_stack) + 7 * 4096, %esp
    pushl %ebx
    call head_check_cpu
    call head_build_tables
    popl %ebx
    lgdt PHYS(trampoline_gdtr)

head_enter_long_mode:
    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $PHYS(boot_pml4), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $EFER_BOOT, %eax
    wrmsr
    movl $CR0_BOOT, %eax
    movl %eax, %cr0
    ljmp $SEL_CS64, $PHYS(head_long)

/* A CPU too old for the CPUID instruction is too old for both boot loaders. */
head_check_cpu:
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb head_fail
    movl $0x80000001, %eax
    cpuid
    notl %edx
    testl $1 << 29 | 1 << 20, %edx  /* long mode, NX */
    jnz head_fail
    ret

head_build_tables:
    movl $PHYS(boot_pds), %edi      /* 4 GiB in pages of 2 MiB */
    movl $PT_LARGE, %eax
    movl $0x200000, %edx
    movl $4 * 512, %ecx
    call head_fill
    movl $PHYS(boot_pdpt_low), %edi
    movl $PHYS(boot_pds) + PT_RW, %eax
    movl %eax, PHYS(boot_pdpt_high)
    movl $4096, %edx
    movl $4, %ecx
    call head_fill
    movl $PHYS(boot_pdpt_low) + PT_RW, PHYS(boot_pml4)
    movl $PHYS(boot_pdpt_low) + PT_RW, PHYS(boot_pml4) + 262 * 8
    movl $PHYS(boot_pdpt_high) + PT_RW, PHYS(boot_pml4) + 258 * 8
    movl $PHYS(boot_pd_pcpu) + PT_RW, PHYS(boot_pdpt_high) + 1 * 8
    movl $PHYS(boot_pt_pcpu) + PT_RW, PHYS(boot_pd_pcpu) + 256 * 8
    movl $PHYS(boot_pt_pcpu) + PCPU_MAIN_STACK * 8, %edi
    movl $PHYS(boot_main_stack) + PT_RW, %eax
    movl $16 - PCPU_MAIN_STACK, %ecx

/* ecx entries from edi on: eax, and each of the next ones edx more. */
head_fill:
    movl %eax, (%edi)
    addl %edx, %eax
    addl $8, %edi
    loop head_fill
    ret

/* Says why on COM1 and stops. Where there is no UART, it reads as ready. */
head_fail:
    movl $PHYS(message), %esi
1:  movw $COM1 + 5, %dx
2:  inb %dx, %al
    testb $0x20, %al
    jz 2b
    movw $COM1, %dx
    lodsb
    outb %al, %dx
    testb %al, %al
    jnz 1b
3:  hlt
    jmp 3b

message:
    .asciz "\r\n(PV) cannot boot: this CPU has no 64-bit mode, or no no-execute bit in page tables\r\n"

    .code64
head_long:
    movabs $1f, %rax
    jmp *%rax
1:  lgdt boot_gdtr64(%rip)
    movq head_next(%rip), %rax
    movq %rax, %cr3
    movq head_next + 8(%rip), %rsp
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    movl %ebp, %edi
    movl %ebx, %esi
    xorl %ebp, %ebp
    call *(head_next + 16)(%rip)
    ud2

    .section .rodata
    .align 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff        /* SEL_CS64 */
    .quad 0x00cf93000000ffff        /* SEL_DS */
    .quad 0x00cf9b000000ffff        /* SEL_CS32 */
boot_gdt_end:
    /* The base lies so far below that the selectors are those of the real GDT. */
boot_gdtr64:
    .short GDT_RESERVED + (boot_gdt_end - boot_gdt) - 1
    .quad boot_gdt - GDT_RESERVED

/* Where another pcpu wakes: real mode, at the start of a page below 1 MiB that this is copied to. */
    .globl trampoline_start, trampoline_end
    .code16
trampoline_start:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    lgdtl trampoline_gdtr - trampoline_start
    movl $CR0_PROTECTED, %eax
    movl %eax, %cr0
    ljmpl $SEL_CS32, $PHYS(head_enter_long_mode)
    .align 4
trampoline_gdtr:
    .short GDT_RESERVED + (boot_gdt_end - boot_gdt) - 1
    .long PHYS(boot_gdt) - GDT_RESERVED
trampoline_end:

    .data
    .align 8
    .globl head_next
head_next:                          /* of the pcpu that comes through here: page tables, stack, where to */
    .quad PHYS(boot_pml4)
    .quad PCPU_AREA + PCPU_STRUCT_OFF
    .quad boot_main

    .bss
    .align 4096
    .globl boot_pml4, boot_tables_end, boot_pcpu_pages
boot_pml4:       .skip 4096
boot_pdpt_low:   .skip 4096
boot_pdpt_high:  .skip 4096
boot_pd_pcpu:    .skip 4096
boot_pt_pcpu:    .skip 4096
boot_pds:        .skip 4 * 4096
boot_tables_end:
boot_pcpu_pages: .skip 4 * 4096     /* NMI, #DF, #MC and #DB stack */
boot_main_stack: .skip 7 * 4096     /* and struct pcpu in its last page */

    .section .note.GNU-stack, "", @progbits
