/* SPDX-License-Identifier: MIT */
/* From the domain builder to C: we are in 64-bit mode with paging on, and rsi points to start_info. */
#include <xen/elfnote.h>
#include "kernel.h"

    .macro note type, kind, value:vararg
    .balign 4
    .long 4, 2f - 1f, \type
    .asciz "Xen"
1:  \kind \value
2:  .balign 4
    .endm

    .section .note.Xen, "a", @note
    note XEN_ELFNOTE_XEN_VERSION, .asciz, "xen-3.0"
    note XEN_ELFNOTE_LOADER, .asciz, "generic"
    note XEN_ELFNOTE_GUEST_OS, .asciz, "teach"
    note XEN_ELFNOTE_VIRT_BASE, .quad, VIRT_BASE
    note XEN_ELFNOTE_PADDR_OFFSET, .quad, 0
    note XEN_ELFNOTE_ENTRY, .quad, _start
    note XEN_ELFNOTE_HYPERCALL_PAGE, .quad, hypercall_page
    note XEN_ELFNOTE_FEATURES, .asciz, "!writable_page_tables|pae_pgdir_above_4gb"

    .section .head, "ax"
    .globl _start
_start:
    cld
    mov $boot_stack_end, %rsp
    xor %ebp, %ebp
    mov %rsi, %rdi
    call start
    ud2

    .balign 4096
    .globl hypercall_page
hypercall_page:
    .skip 4096

    .bss
    .balign 4096
    .skip 16384
boot_stack_end:
