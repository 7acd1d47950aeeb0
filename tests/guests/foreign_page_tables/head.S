/* SPDX-License-Identifier: MIT */
/* Entry and notes of a kernel in somebody else's style: VIRT_BASE 0, no hypercall page, 64-bit entry. */
    .macro note_string type, text
    .p2align 2
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  .asciz "\text"
2:
    .endm
    .macro note_number type, value
    .p2align 2
    .long 4, 8, \type
    .asciz "Xen"
    .quad \value
    .endm

    .section .note.Xen, "a", @note
    note_string 6, "foreign"        /* GUEST_OS */
    note_string 8, "generic"        /* LOADER */
    note_string 5, "xen-3.0"        /* XEN_VERSION */
    note_number 3, 0                /* VIRT_BASE */
    note_number 4, 0                /* PADDR_OFFSET */
    note_number 1, entry            /* ENTRY */
    note_string 10, "!writable_page_tables|pae_pgdir_above_4gb"
    .p2align 2

    .text
    .globl entry
entry:
    mov $stack_top, %esp
    mov %rsi, %rdi
    xor %ebp, %ebp
    call kernel
    ud2

    .bss
    .p2align 12
    .skip 8192
stack_top:
