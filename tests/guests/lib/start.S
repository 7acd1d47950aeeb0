/* SPDX-License-Identifier: MIT */
/*
 * Everything of a tiny guest that must be assembly: the ELF notes, the entry, the hypercall page, and
 * the places where the hypervisor enters the guest. A bounce frame is, low to high: rcx, r11, [error
 * code], rip, cs (upcall mask in its upper half), rflags, rsp, ss. Every entry turns it into a
 * struct frame (guest.h), calls C, and goes back through the iret hypercall.
 */
#include <xen/elfnote.h>

#define NOTE_HEADER(type, size)                                                                    \
    .p2align 2; .long 4, size, type; .asciz "Xen"
#define NOTE_STRING(type, string)                                                                  \
    .p2align 2; .long 4, 8f - 7f, type; .asciz "Xen"; 7: .asciz string; 8:
#define NOTE_QUAD(type, value) NOTE_HEADER(type, 8); .quad value

    .section .note.Xen, "a", @note
    NOTE_STRING(XEN_ELFNOTE_GUEST_OS, "tiny")
    NOTE_STRING(XEN_ELFNOTE_XEN_VERSION, "xen-3.0")
    NOTE_STRING(XEN_ELFNOTE_LOADER, "generic")
    NOTE_QUAD(XEN_ELFNOTE_VIRT_BASE, 0xffffffff80000000)
    NOTE_QUAD(XEN_ELFNOTE_PADDR_OFFSET, 0xffffffff80000000)
    NOTE_QUAD(XEN_ELFNOTE_ENTRY, _start)
    NOTE_QUAD(XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page)
    NOTE_STRING(XEN_ELFNOTE_FEATURES, "!writable_page_tables|pae_pgdir_above_4gb")
    .p2align 2

    .text
    .globl _start
_start:
    cld
    mov $boot_stack_end, %rsp
    mov %rsi, start_info
    xor %ebp, %ebp
    call guest_start
    ud2

    .p2align 12
    .globl hypercall_page
hypercall_page:
    .skip 4096

/* One stub per vector. The processor's own error codes, else a zero in their place. */
    .p2align 4
    .globl trap_stubs
trap_stubs:
vector = 0
    .rept 256
    .p2align 5
    pop %rcx
    pop %r11
    .if (vector == 8) || ((vector >= 10) && (vector <= 14)) || (vector == 17) || (vector == 21)
    .else
    pushq $0
    .endif
    pushq $vector
    jmp trap_entry
vector = vector + 1
    .endr

/* Callbacks have no error code; their "vectors" continue after 255 (enum in guest.h). */
    .macro callback name, number
    .globl \name
\name:
    pop %rcx
    pop %r11
    pushq $0
    pushq $\number
    jmp trap_entry
    .endm

    callback event_entry, 256
    callback syscall_entry, 258
    callback syscall32_entry, 259
    callback sysenter_entry, 260
    callback nmi_entry, 261

/* The failsafe frame carries ds, es, fs, gs above rcx and r11. */
    .globl failsafe_entry
failsafe_entry:
    pop %rcx
    pop %r11
    pop failsafe_selectors
    pop failsafe_selectors + 8
    pop failsafe_selectors + 16
    pop failsafe_selectors + 24
    pushq $0
    pushq $257
    jmp trap_entry

trap_entry:
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
    cld
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    call trap_dispatch
    mov %rbp, %rsp
    .globl frame_return
frame_return:
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
    add $16, %rsp
    pushq iret_flags
    jmp hypercall_page + 23 * 32

/* frame_enter(struct frame *): continue as the frame says. frame_enter_saved: come back from user mode. */
    .globl frame_enter
frame_enter:
    mov %rdi, %rsp
    jmp frame_return

/* long user_call(struct frame *): enter user mode; returns when something calls user_return(value). */
    .globl user_call
user_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, user_call_stack
    mov %rdi, %rsp
    jmp frame_return
    .globl user_return
user_return:
    mov %rdi, %rax
    mov user_call_stack, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

/* A second vcpu begins here, on the stack its context names. */
    .globl vcpu_entry
vcpu_entry:
    cld
    xor %ebp, %ebp
    call vcpu_start_c
    ud2

    .bss
    .p2align 4
user_call_stack:
    .quad 0
    .globl failsafe_selectors
failsafe_selectors:
    .skip 32
    .globl iret_flags
iret_flags:
    .quad 0
    .p2align 12
    .globl boot_stack, boot_stack_end
boot_stack:
    .skip 16384
boot_stack_end:
