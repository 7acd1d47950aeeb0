/* SPDX-License-Identifier: MIT */
/*
 * Every way in and out. Saves registers, calls C, restores registers: no policy here.
 *
 * All entries from a guest build the same struct regs at the same place, the end of the pcpu's main stack right
 * below its struct pcpu. So switching vcpus is copying other registers there before we return through it.
 *
 * GS and FS belong to the guest and are not touched. Interrupts stay off until the IRET or SYSRET.
 */
#include "entry/frame.h"
#include "machine/asm.h"
#include "machine/layout.h"

        .macro PUSH_REGISTERS
        .irp    register, rdi, rsi, rdx, rcx, rax, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15
        pushq   %\register
        .endr
        .endm

        .macro POP_REGISTERS
        .irp    register, r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi
        popq    %\register
        .endr
        .endm

/*
 * Calls the function at rax of the table r11: in five bytes, and by a retpoline with its target in a register. The prefix
 * must be of a segment of ours: QEMU's TCG adds the base of the one that it names, and ds may be the guest's.
 */
        .macro CALL_IN_TABLE
9:      cs call *(%r11, %rax, 8)
        DETOUR  retpoline, 9b, 7f
8:
        .pushsection .text
7:      movq    (%r11, %rax, 8), %r11
        call    __x86_indirect_thunk_r11
        jmp     8b
        .popsection
        .endm

        .macro SYSRET
9:      LOAD(rsp)
        sysretq
        DETOUR  verw, 9b, sysret_with_verw
        DETOUR  split, 9b, sysret_on_copy
        .endm

/* rcx and r11 as SYSRET takes them, of a frame by SYSCALL's selectors, if it can carry them (regs_by_sysret()). */
        .macro LOAD_FOR_SYSRET otherwise
        testl   $(RFLAGS_TF | RFLAGS_RF), REGS_rflags(%rsp)
        jnz     \otherwise
        movq    REGS_rip(%rsp), %rcx
        movq    %rcx, %r11
        sarq    $47, %r11               /* canonical: all ones or all zeros, or it would fault in ring 0 */
        incq    %r11
        cmpq    $1, %r11
        ja      \otherwise
        movq    REGS_rflags(%rsp), %r11
        .endm

/* Whether there is more to do than to return: flags of ours, or an upcall that is pending and not masked. */
        .macro IF_BUSY work, upcall=
        cmpl    $0, cpu(work)
        jne     \work
        movq    cpu(vcpu), %rcx
        movq    VCPU_info(%rcx), %rcx
        cmpb    $0, INFO_pending(%rcx)
        jne     7f
8:
        .pushsection .text.entry, "ax", @progbits
7:      cmpb    $0, INFO_mask(%rcx)
        jne     8b
        .ifb    \upcall
        jmp     \work
        .else
        jmp     \upcall
        .endif
        .popsection
        .endm

/*
 * SYSCALL arrives on the guest's stack with no register free and no GS of ours. One stub per pcpu knows the place of
 * its struct regs by a constant; LSTAR of pcpu n is syscall_stubs + n * SYSCALL_STUB_SIZE. Compat-mode SYSCALL (CSTAR)
 * has its own.
 */
        .macro SYSCALL_STUB n, target
        .balign 32
        movq    %rsp, pcpu_area + (\n * PCPU_REGION_SIZE + GUEST_REGS + REGS_rsp)(%rip)
        leaq    pcpu_area + (\n * PCPU_REGION_SIZE + GUEST_REGS)(%rip), %rsp
        jmp     \target
        .endm

        .section .text.entry.syscall, "ax", @progbits

/*
 * What C preserves is still in its registers when a handler returns. So it goes to memory only then, if there is more
 * to do than to return: before that nobody reads those of the current guest (domain_kill leaves the dump to exit.c).
 */
        .balign 32
syscall_common:
        SAVE_RIP
        DETOUR  split, syscall_common, syscall_from_copy
        .globl  syscall_on_root
syscall_on_root:
        movq    %r11, REGS_rflags(%rsp)
        movq    cpu(vcpu), %rcx
        cmpb    $0, VCPU_kernel_mode(%rcx)
        je      syscall_from_user
        cmpq    $HYPERCALL_iret, %rax
        je      syscall_iret
syscall_hypercall:
        SAVE(rdi); SAVE(rsi); SAVE(rdx); SAVE(rax); SAVE(r8); SAVE(r9); SAVE(r10); SAVE(r11)
        movl    $ENTRY_SYSCALL, REGS_entry_vector(%rsp)
        movq    $SEL_USER64, REGS_cs(%rsp)
        movq    $SEL_USER_SS, REGS_ss(%rsp)
        incq    VCPU_hypercalls(%rcx)
        movq    REGS_rip(%rsp), %rcx
        SAVE(rcx)
        movq    %r10, %rcx
        cmpq    $HYPERCALL_COUNT, %rax
        jae     syscall_unknown
        movq    cpu(hypercalls), %r11
        CALL_IN_TABLE
syscall_done:
        IF_BUSY syscall_leave, syscall_upcall
        cmpl    $ENTRY_SYSCALL, REGS_entry_vector(%rsp)
        jne     syscall_leave
        LOAD_FOR_SYSRET syscall_leave
        LOAD(r10); LOAD(r9); LOAD(r8); LOAD(rdx); LOAD(rsi); LOAD(rdi)
        SYSRET

/* A user program's system call: straight into the handler its kernel has set, if nothing is out of the ordinary. */
        .balign 16
syscall_from_user:
        SAVE(rdi); SAVE(rsi); SAVE(rdx); SAVE(rax); SAVE(r8); SAVE(r9); SAVE(r10)
        movq    %rcx, %rdi
        movq    %rsp, %rsi
        call    bounce_syscall_quick
        testb   %al, %al
        jnz     return_by_sysret
        movl    $SEL_USER64, %ecx
        jmp     syscall_slow

/*
 * iret, by which a guest's kernel ends whatever it was entered for: hc_iret() for frames with nothing out of the ordinary,
 * word by word the same checks. rax, rcx and r11 are in the frame, so they are free here, and no other register is touched.
 * rsp is taken over last: what is unusual, and any fault, goes to hc_iret, which starts from there. The frame's first and
 * last word come first: if they can be read, so can the others, but for a kernel that unmaps them at this moment.
 */
#define GET(word)       771: movq IRET_##word(%rax), %r11; EXTABLE(771b, iret_fault)
#define TAKE(word)      GET(word); movq %r11, REGS_##word(%rsp)

        .balign 16
syscall_iret:                           /* rcx: vcpu; rax: the guest's frame */
        cmpq    $0, VCPU_rare(%rcx)
        jne     iret_slow
        movq    REGS_rsp(%rsp), %rax
        movq    %rax, %r11              /* guest_start_ok() */
        sarq    $43, %r11
        addq    $15, %r11
        cmpq    $30, %r11
        ja      iret_slow
        STAC
        TAKE(rax)
        TAKE(ss)
        orb     $3, REGS_ss(%rsp)
        TAKE(r11)
        TAKE(rcx)
        GET(flags)
        movl    %r11d, REGS_error_code(%rsp)
        TAKE(rip)
        GET(rflags)
        andq    $~(RFLAGS_IOPL | RFLAGS_VM), %r11
        movq    %r11, REGS_rflags(%rsp)
        TAKE(cs)
        orb     $3, REGS_cs(%rsp)
        notl    %r11d
        testb   $3, %r11b               /* ring 3 is user mode, any other means the kernel */
        jnz     iret_to_kernel
        cmpq    $0, VCPU_root_user(%rcx)
        je      iret_fault
        GET(rsp)
        CLAC
        movq    %r11, REGS_rsp(%rsp)
        movb    $0, VCPU_kernel_mode(%rcx) /* mode_switch() */
        swapgs
        movq    VCPU_root_user(%rcx), %rax
        shlq    $12, %rax
        cmpq    %rax, cpu(cr3)
        je      iret_mode_done
9:      movl    $1, %r11d               /* tlb_load_root_on() */
        DETOUR  pcid, 9b, iret_by_pcid
        lock xaddq %r11, tlb_clock(%rip)
        incq    %r11
        movq    %r11, cpu(tlb_stamp)
        movq    %rax, cpu(cr3)
        movq    %rax, %cr3
iret_mode_done:
        movq    VCPU_info(%rcx), %rax
        testl   $RFLAGS_IF, REGS_rflags(%rsp)
        setz    INFO_mask(%rax)
        jz      1f
        cmpb    $0, INFO_pending(%rax)
        jne     iret_leave
1:      cmpl    $0, cpu(work)
        jne     iret_leave
        orl     $RFLAGS_IF | 2, REGS_rflags(%rsp)
        testl   $VGCF_in_syscall, REGS_error_code(%rsp)
        jnz     iret_in_syscall
iret_return:
        LOAD(rcx); LOAD(r11); LOAD(rax)
9:      addq    $REGS_rip, %rsp
        .globl  guest_iret
guest_iret:
        iretq
        DETOUR  verw, 9b, iret_with_verw
        DETOUR  split, 9b, iret_on_copy

iret_to_kernel:
        GET(rsp)
        CLAC
        movq    %r11, REGS_rsp(%rsp)
        jmp     iret_mode_done

iret_in_syscall:                        /* rcx and r11 are nobody's: by SYSRET if that can be */
        cmpw    $SEL_USER64, REGS_cs(%rsp)
        jne     iret_return
        cmpw    $SEL_USER_SS, REGS_ss(%rsp)
        jne     iret_return
        LOAD_FOR_SYSRET iret_return
        LOAD(rax)
        SYSRET

iret_leave:
        orl     $RFLAGS_IF | 2, REGS_rflags(%rsp)
        movl    $0, REGS_entry_vector(%rsp)
        SAVE(rdi); SAVE(rsi); SAVE(rdx); SAVE(r8); SAVE(r9); SAVE(r10)
        jmp     syscall_leave_regs

iret_fault:
        CLAC
iret_slow:
        movq    REGS_rflags(%rsp), %r11
        movl    $HYPERCALL_iret, %eax
        jmp     syscall_hypercall

syscall_unknown:
        call    hypercall_unknown
        jmp     syscall_done

syscall_upcall:                         /* nothing but that: straight into its handler */
        SAVE(rax)
        movq    cpu(vcpu), %rdi
        movq    %rsp, %rsi
        leaq    VCPU_callback_event(%rdi), %rdx
        call    bounce_to
        cmpl    $0, cpu(work)
        je      return_by_sysret
        jmp     syscall_leave_regs

syscall_leave:
        SAVE(rax)
syscall_leave_regs:
        SAVE_PRESERVED
        movq    %rsp, %rdi
        call    entry_leave
        .globl  leave_either_way
leave_either_way:
        testb   %al, %al
        jz      return_by_iret
        LOAD_PRESERVED
return_by_sysret:                       /* entry_vector is ENTRY_SYSCALL, so rcx and r11 are nobody's */
        movq    REGS_rip(%rsp), %rcx
        movq    REGS_rflags(%rsp), %r11
        LOAD(r10); LOAD(r9); LOAD(r8); LOAD(rax); LOAD(rdx); LOAD(rsi); LOAD(rdi)
        SYSRET

        .globl  return_by_iret
return_by_iret:
        LOAD_PRESERVED
        LOAD(r10); LOAD(r9); LOAD(r8); LOAD(rdx); LOAD(rsi); LOAD(rdi)
        jmp     iret_return

        .balign 32
syscall32_common:
        SAVE_RIP
        DETOUR  split, syscall32_common, syscall32_from_copy
        .globl  syscall32_on_root
syscall32_on_root:
        movq    %r11, REGS_rflags(%rsp)
        SAVE(rdi); SAVE(rsi); SAVE(rdx); SAVE(rax); SAVE(r8); SAVE(r9); SAVE(r10)
        movl    $SEL_USER32, %ecx
syscall_slow:                           /* ecx: cs */
        movq    %rcx, REGS_cs(%rsp)
        movq    $SEL_USER_SS, REGS_ss(%rsp)
        movl    $ENTRY_SYSCALL, REGS_entry_vector(%rsp)
        movq    REGS_rip(%rsp), %rcx
        movq    REGS_rflags(%rsp), %r11
        SAVE(rcx); SAVE(r11); SAVE_PRESERVED
        movq    %rsp, %rdi
        call    entry_user_syscall
        jmp     leave_either_way

/* A detour from iret to user mode's root: tlb_switch_root(). rax: the root */
iret_by_pcid:
        movabsq $(CR3_KEEP | TLB_PCID_user), %r11
        movq    %r11, cpu(again)
        cmpq    %rax, cpu(kept)
        je      1f
        btrq    $63, %r11
1:      movq    %rax, cpu(kept)
        movq    %rax, cpu(cr3)
        orq     %r11, %rax
        movq    %rax, %cr3
        jmp     iret_mode_done

/* Detours on the way out. The guest's registers are loaded, but for rsp, which is that of struct regs. */
iret_with_verw:
        verw    verw_selector(%rip)
        addq    $REGS_rip, %rsp
        jmp     guest_iret
sysret_with_verw:
        verw    verw_selector(%rip)
        LOAD(rsp)
        sysretq
        .globl  verw_selector
verw_selector:
        .short  SEL_DS                  /* only one that can be written makes VERW clear */

        .section .text.entry, "ax", @progbits

        .balign 32
        .globl  syscall32_stubs
syscall32_stubs:
        .set    n, 0
        .rept   64
        SYSCALL_STUB n, syscall32_common
        .set    n, n + 1
        .endr

/*
 * SYSENTER loses the guest's rip and rsp: the frame says so (rip 0, rsp 0), as Xen's does. SYSENTER_ESP is the top of the
 * pcpu's stack. TF is not cleared by the CPU: trap.c ignores the single step it causes here.
 */
        .balign 16
        .globl  sysenter_entry
sysenter_entry:
        pushq   $SEL_USER_SS
        pushq   $0
        pushfq
        orl     $RFLAGS_IF, (%rsp)      /* SYSENTER clears it */
        pushq   $2                      /* flags are masked for SYSCALL only: NT, DF, AC, TF may be the guest's */
        popfq
        pushq   $3                      /* a ring-3 selector that means "unknown" */
        pushq   $0
        pushq   $0
        movl    $ENTRY_SYSENTER, 4(%rsp)
        PUSH_REGISTERS
9:      movq    %rsp, %rdi
        call    entry_user_syscall
        jmp     leave_either_way
        DETOUR  split, 9b, sysenter_from_copy

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
        .if     (vector == 1) || (vector == 2) || (vector == 8) || (vector == 18)
        jmp     trap_ist                /* #DB, NMI, #DF, #MC */
        .else
        jmp     trap_common
        .endif
        .set    vector, vector + 1
        .endr

        .section .text.entry.syscall
        .balign 16
trap_common:
        cld
        CLAC
        PUSH_REGISTERS
        testb   $3, REGS_cs(%rsp)
        jz      trap_from_hypervisor
trap_from_guest:
        movq    cpu(vcpu), %rdi
        DETOUR  split, trap_from_guest, trap_from_copy
        .globl  trap_on_root
trap_on_root:
        movq    %rsp, %rsi
        movl    REGS_entry_vector(%rsp), %eax
        movq    cpu(traps), %r11
        CALL_IN_TABLE
        IF_BUSY trap_leave
        cmpl    $ENTRY_SYSCALL, REGS_entry_vector(%rsp)
        je      return_by_sysret        /* bounced, and what C preserves is in its registers */
        jmp     return_by_iret
trap_leave:
        movq    %rsp, %rdi
        call    entry_leave
        jmp     leave_either_way

        .balign 32
        .globl  syscall_stubs
syscall_stubs:
        .set    n, 0
        .rept   64
        SYSCALL_STUB n, syscall_common
        .set    n, n + 1
        .endr
        .previous

/* These have stacks of their own. One that hit guest mode is moved to the main stack, where guests' frames live. */
        .balign 16
trap_ist:
        cld
        CLAC
        PUSH_REGISTERS
        testb   $3, REGS_cs(%rsp)
        jz      trap_from_hypervisor
        movq    %rsp, %rsi
        andq    $~(PCPU_REGION_SIZE - 1), %rsp
        addq    $GUEST_REGS, %rsp
        movq    %rsp, %rdi
        movl    $(REGS_SIZE / 8), %ecx
        rep movsq
        jmp     trap_from_guest

/*
 * An IRET to the guest failed: its frame, put together anew below, goes back to its place, and its kernel is told.
 */
        .globl  entry_iret_fault_on_main_stack
entry_iret_fault_on_main_stack:
        movq    %rdi, %rsi
        andq    $~(PCPU_REGION_SIZE - 1), %rsp
        addq    $GUEST_REGS, %rsp
        leaq    REGS_SIZE - 8(%rsi), %rsi /* from the end: the two may overlap */
        leaq    REGS_SIZE - 8(%rsp), %rdi
        movl    $(REGS_SIZE / 8), %ecx
        std
        rep movsq
        cld
        movq    %rsp, %rdi
        call    entry_iret_fault
        jmp     leave_either_way

trap_from_hypervisor:
        movq    %rsp, %rdi
        call    hypervisor_trap
        DETOUR  split, trap_from_hypervisor, trap_from_either
        .globl  trap_return
trap_return:
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
        andq    $~(PCPU_REGION_SIZE - 1), %rax
        addq    $GUEST_REGS, %rax
        movq    %rax, %rsp
        movq    %rsp, %rdi
        call    entry_leave
        jmp     leave_either_way
