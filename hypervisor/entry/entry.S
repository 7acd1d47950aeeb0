/* SPDX-License-Identifier: MIT */
/*
 * Every way in and out. Saves registers, calls C, restores registers: no policy here.
 *
 * All entries from a guest build the same struct regs at the same place, the end of the pcpu's main stack right
 * below its struct pcpu. So switching vcpus is copying other registers there before we return through it.
 *
 * GS and FS belong to the guest and are not touched. Interrupts stay off until the IRET or SYSRET.
 */
#include <gen/offsets.h>
#include "machine/asm.h"
#include "machine/layout.h"

#define SELECTOR_GUEST_CS64 SEL_USER64
#define SELECTOR_GUEST_CS32 SEL_USER32
#define SELECTOR_GUEST_SS   SEL_USER_SS
#define ENTRY_SYSCALL       0x100
#define ENTRY_SYSENTER      0x101
#define RETURN_SYSRET       1 /* entry.h */

        .macro PUSH_REGISTERS
        .irp    register, rdi, rsi, rdx, rcx, rax, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15
        pushq   %\register
        .endr
        .endm

        .macro POP_REGISTERS
        .irp    register, r15, r14, r13, r12, rbp, rbx
        popq    %\register
        .endr
        POP_CALLER_SAVED
        .endm

        .macro POP_CALLER_SAVED
        .irp    register, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi
        popq    %\register
        .endr
        .endm

        .section .text.entry, "ax", @progbits

/*
 * SYSCALL arrives on the guest's stack with no register free and no GS of ours. One stub per pcpu knows its stack by
 * a constant; LSTAR of pcpu n is syscall_stubs + n * SYSCALL_STUB_SIZE. Compat-mode SYSCALL (CSTAR) has its own.
 */
        .macro SYSCALL_STUB n, target
        .balign 32
        movq    %rsp, pcpu_area + (\n * 0x10000 + 0xf000 + PCPU_scratch_rsp)(%rip)
        leaq    pcpu_area + (\n * 0x10000 + 0xf000)(%rip), %rsp
        jmp     \target
        .endm

        .balign 32
        .globl  syscall_stubs
syscall_stubs:
        .set    n, 0
        .rept   64
        SYSCALL_STUB n, syscall_common
        .set    n, n + 1
        .endr

        .balign 32
        .globl  syscall32_stubs
syscall32_stubs:
        .set    n, 0
        .rept   64
        SYSCALL_STUB n, syscall32_common
        .set    n, n + 1
        .endr

        .macro SYSCALL_FRAME cs
        pushq   $SELECTOR_GUEST_SS
        pushq   PCPU_scratch_rsp + 8(%rsp)
        pushq   %r11
        pushq   $\cs
        pushq   %rcx
        pushq   $0
        movl    $ENTRY_SYSCALL, 4(%rsp)
        PUSH_REGISTERS
        movq    %rsp, %rdi
        call    entry_syscall
        .endm

        .balign 32
syscall_common:
        SYSCALL_FRAME SELECTOR_GUEST_CS64
        cmpl    $RETURN_SYSRET, %eax
        jb      return_by_iret
        je      return_by_sysret
        addq    $6 * 8, %rsp            /* r15..rbx are as they were: C has kept them */
        POP_CALLER_SAVED
        movq    REGS_rsp - REGS_error_code(%rsp), %rsp
        sysretq
return_by_sysret:                       /* rcx = rip and r11 = rflags: entry_syscall has checked */
        POP_REGISTERS
        movq    REGS_rsp - REGS_error_code(%rsp), %rsp
        sysretq

        .balign 16
syscall32_common:
        SYSCALL_FRAME SELECTOR_GUEST_CS32
        jmp     return_by_iret

/*
 * SYSENTER loses the guest's rip and rsp: the frame says so (rip 0, rsp 0), as Xen's does. SYSENTER_ESP is the top of the
 * pcpu's stack. TF is not cleared by the CPU: trap.c ignores the single step it causes here.
 */
        .balign 16
        .globl  sysenter_entry
sysenter_entry:
        pushq   $SELECTOR_GUEST_SS
        pushq   $0
        pushfq
        pushq   $2                      /* flags are masked for SYSCALL only: NT, DF, AC, TF may be the guest's */
        popfq
        pushq   $3                      /* a ring-3 selector that means "unknown" */
        pushq   $0
        pushq   $0
        movl    $ENTRY_SYSENTER, 4(%rsp)
        PUSH_REGISTERS
        movq    %rsp, %rdi
        call    entry_syscall
        jmp     return_by_iret

/*
 * Vectors 0..255, 16 bytes apart. Those without an error code push a zero; the vector goes beside it.
 */
        .balign 16
        .globl  trap_stubs
trap_stubs:
        .set    vector, 0
        .rept   256
        .balign 16
        .if     (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21)
        .else
        pushq   $0
        .endif
        movl    $vector, 4(%rsp)
        jmp     trap_common
        .set    vector, vector + 1
        .endr

        .balign 16
trap_common:
        cld
        CLAC
        PUSH_REGISTERS
        movq    %rsp, %rdi
        testb   $3, REGS_cs(%rsp)
        jz      trap_from_hypervisor
        xorl    %ebp, %ebp              /* end of the frame chain for backtraces */
        movl    REGS_error_code + 4(%rsp), %eax
        cmpl    $18, %eax
        ja      trap_from_guest
        movl    $0x40106, %edx          /* #DB, NMI, #DF, #MC: on their IST stacks */
        btl     %eax, %edx
        jc      trap_from_ist
trap_from_guest:
        call    entry_trap
        .globl  return_by_iret
return_by_iret:
        POP_REGISTERS
        addq    $8, %rsp
        .globl  guest_iret
guest_iret:
        iretq

/* These have stacks of their own. One that hit guest mode is moved to the main stack, where guests' frames live. */
trap_from_ist:
        movq    %rsp, %rsi
        andq    $~0xffff, %rsp
        addq    $(0xf000 - REGS_SIZE), %rsp
        movq    %rsp, %rdi
        movl    $(REGS_SIZE / 8), %ecx
        rep movsq
        movq    %rsp, %rdi
        jmp     trap_from_guest

/*
 * An IRET to the guest failed: its frame, put together anew below, goes back to its place, and its kernel is told.
 */
        .globl  entry_iret_fault_on_main_stack
entry_iret_fault_on_main_stack:
        movq    %rdi, %rsi
        andq    $~0xffff, %rsp
        addq    $(0xf000 - REGS_SIZE), %rsp
        leaq    REGS_SIZE - 8(%rsi), %rsi /* from the end: the two may overlap */
        leaq    REGS_SIZE - 8(%rsp), %rdi
        movl    $(REGS_SIZE / 8), %ecx
        std
        rep movsq
        cld
        movq    %rsp, %rdi
        call    entry_iret_fault
        jmp     return_by_iret

trap_from_hypervisor:
        call    hypervisor_trap
        POP_REGISTERS
        addq    $8, %rsp
        iretq

/*
 * First entry of a pcpu into the guest loop, from the boot stack: never returns. The stack is reset so that the
 * frame's place is where every later entry will expect it.
 */
        .globl  entry_start_guests
entry_start_guests:
        movq    %rsp, %rax
        andq    $~0xffff, %rax
        addq    $(0xf000 - REGS_SIZE), %rax
        movq    %rax, %rsp
        xorl    %ebp, %ebp
        movq    %rsp, %rdi
        call    exit_to_guest
        jmp     return_by_iret
