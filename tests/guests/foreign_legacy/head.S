/* SPDX-License-Identifier: MIT */
/* A kernel that says what it is in a __xen_guest string, as before ELF notes; hypercall page at 0x101000. */
    .section __xen_guest, "a"
    .asciz "GUEST_OS=legacy,XEN_VER=xen-3.0,VIRT_BASE=0x0,ELF_PADDR_OFFSET=0x0,HYPERCALL_PAGE=0x101,LOADER=generic"

    .text
    .globl entry
entry:
    mov $stack_top, %esp
    mov %rsi, %rdi
    xor %ebp, %ebp
    call kernel
    ud2
    .org 0x1000
    .globl hypercall_page
hypercall_page:
    .skip 4096

    .bss
    .p2align 12
    .skip 8192
stack_top:
