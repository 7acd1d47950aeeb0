/* SPDX-License-Identifier: MIT */
/*
 * The ways in and out where roots are split (machine/root_split.h), each a detour from one in entry.S. With a copy
 * loaded there are only this text, the top page of each of the pcpu's stacks, its descriptors and the IDT. All of these
 * are at the same place in the root, too: so it can change under them.
 */
#include "entry/frame.h"
#include "machine/layout.h"

        .section .text.entry, "ax", @progbits

        .macro LOAD_ROOT
        movq    cpu(cr3), %rax
        orq     cpu(again), %rax
        movq    %rax, %cr3
        .endm

        .globl  syscall_from_copy, syscall32_from_copy, sysenter_from_copy, trap_from_copy, trap_from_either
        .globl  iret_on_copy, sysret_on_copy
syscall_from_copy:
        SAVE(rax)
        LOAD_ROOT
        LOAD(rax)
        SAVE_RIP
        jmp     syscall_on_root

syscall32_from_copy:
        SAVE(rax)
        LOAD_ROOT
        LOAD(rax)
        SAVE_RIP
        jmp     syscall32_on_root

sysenter_from_copy:
        LOAD_ROOT
        movq    %rsp, %rdi
        call    entry_user_syscall
        jmp     leave_either_way

trap_from_copy:
        LOAD_ROOT
        movq    cpu(vcpu), %rdi
        jmp     trap_on_root

/*
 * In ring 0 a copy is loaded just after an entry and just before a return, where an NMI may come, a breakpoint, or the
 * fault of an IRET. Then it goes on with a copy, but one no older than what others were told is gone meanwhile.
 */
trap_from_either:
        movq    %cr3, %rax
        movq    %rsp, %rcx
        andq    $~(PCPU_REGION_SIZE - 1), %rcx
        movq    %rsp, %rdi
        cmpq    %rax, PCPU_STRUCT_OFF + PCPU_copy0_root(%rcx)
        je      1f
        cmpq    %rax, PCPU_STRUCT_OFF + PCPU_copy1_root(%rcx)
        je      1f
        call    hypervisor_trap
        jmp     trap_return
1:      movq    PCPU_STRUCT_OFF + PCPU_cr3(%rcx), %rax
        orq     PCPU_STRUCT_OFF + PCPU_again(%rcx), %rax
        movq    %rax, %cr3
        call    hypervisor_trap
        call    root_split_copy
        movq    %rax, %cr3
        jmp     trap_return

/* To the copy of the root that is loaded; every other register is the guest's already. */
        .macro LOAD_COPY
        SAVE(rax)
        movq    cpu(cr3), %rax
        cmpq    %rax, cpu(copy0_of)
        jne     4f
        movq    cpu(copy0_root), %rax
2:      orq     cpu(again), %rax
3:      verw    verw_selector(%rip)
        movq    %rax, %cr3
        LOAD(rax)
        .pushsection .text
4:      cmpq    %rax, cpu(copy1_of)
        movq    cpu(copy1_root), %rax
        je      2b
        SAVE(rdi); SAVE(rsi); SAVE(rdx); SAVE(rcx); SAVE(r8); SAVE(r9); SAVE(r10); SAVE(r11)
        call    root_split_copy
        LOAD(rdi); LOAD(rsi); LOAD(rdx); LOAD(rcx); LOAD(r8); LOAD(r9); LOAD(r10); LOAD(r11)
        jmp     3b
        .popsection
        .endm

iret_on_copy:
        LOAD_COPY
        addq    $REGS_rip, %rsp
        jmp     guest_iret

sysret_on_copy:
        LOAD_COPY
        LOAD(rsp)
        sysretq
