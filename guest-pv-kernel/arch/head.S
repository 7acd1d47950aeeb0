/* SPDX-License-Identifier: MIT
 * Where the domain builder enters us, and the notes that told it how: the ELF notes are the whole
 * contract between a PV kernel and whoever loads it. Invariant: on entry rsi = start_info, paging
 * is on with the builder's tables, events are masked, and we are in ring 3 like every PV kernel. */
#include "arch/layout.h"
#include <xen/elfnote.h>

    .section .text.head, "ax"
    .globl _start
_start:
    cld
    lea boot_stack + STACK_SIZE(%rip), %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi
    call boot_start
1:  ud2
    jmp 1b

/* A secondary vcpu starts here; vcpu_op initialise has already set its stack, rdi and gs base. */
    .globl boot_secondary
boot_secondary:
    cld
    xor %ebp, %ebp
    call smp_secondary
1:  ud2
    jmp 1b

/* The hypervisor fills this page with one 32-byte stub per hypercall before we run. */
    .balign 4096
    .globl hypercall_page
    .type hypercall_page, @function
hypercall_page:
    .skip 4096, 0xcc

.macro note type, kind, value:vararg
    .balign 4
    .long 2f - 1f, 4f - 3f, \type
1:  .asciz "Xen"
2:  .balign 4
3:  \kind \value
4:  .balign 4
.endm

    .section .note.Xen, "a", @note
    note XEN_ELFNOTE_GUEST_OS, .asciz, "Paravane guest"
    note XEN_ELFNOTE_GUEST_VERSION, .asciz, "1"
    note XEN_ELFNOTE_LOADER, .asciz, "generic"
    note XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
    note XEN_ELFNOTE_VIRT_BASE, .quad, VIRT_BASE
    note XEN_ELFNOTE_PADDR_OFFSET, .quad, 0
    note XEN_ELFNOTE_ENTRY, .quad, _start
    note XEN_ELFNOTE_HYPERCALL_PAGE, .quad, hypercall_page
    note XEN_ELFNOTE_PAE_MODE, .asciz, "yes"
    note XEN_ELFNOTE_FEATURES, .asciz, "!writable_page_tables|pae_pgdir_above_4gb"
    note XEN_ELFNOTE_SUPPORTED_FEATURES, .long, 0x801 /* writable_page_tables, dom0 */

    .section .bss.stacks, "aw", @nobits
    .balign STACK_SIZE
    .globl boot_stack
boot_stack:
    .skip STACK_SIZE
    .section .note.GNU-stack, "", @progbits
