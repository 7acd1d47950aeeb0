/* SPDX-License-Identifier: MIT
 * Handlers of the least length, in place of entry.S while a row runs: drop what the hypervisor
 * pushed, step over the instruction where there is one to step over, and leave by the iret
 * hypercall. What does not carry BENCH_MAGIC in rax goes where it would have gone.
 * The hypervisor's frame, low to high: rcx, r11, [error code], rip, cs, rflags, rsp, ss. */
#include "arch/layout.h"
#include "bench/user.h"
#include <xen/xen.h>

    .text
    .globl bench_syscall, bench_vector_6, bench_vector_14, bench_vector_80, bench_event

#define SOFT_VECTOR_80 32 /* its place in entry_vectors */

.macro ours else
    cmp $BENCH_MAGIC, %rax
    jne \else
    pop %rcx
    pop %r11
.endm

.macro leave flags
    push \flags
    jmp hypercall_page + __HYPERVISOR_iret * 32
.endm

bench_syscall:
    ours entry_syscall
    leave %rdi

bench_vector_80:
    ours 1f
    leave $0
1:  jmp *entry_vectors + SOFT_VECTOR_80 * 8

bench_vector_6:
    ours 1f
    addq $2, (%rsp)
    leave $0
1:  jmp *entry_vectors + 6 * 8

bench_vector_14:
    ours 1f
    addq $2, 8(%rsp)
    movq $0, (%rsp)             /* error code -> flags */
    jmp hypercall_page + __HYPERVISOR_iret * 32
1:  jmp *entry_vectors + 14 * 8

/* Takes the event: the port's pending bit, the selector, the pending byte. */
bench_event:
    pop %rcx
    pop %r11
    push %rax
    movb $0, %gs:CPU_UPCALL_PENDING
    movq $0, %gs:CPU_PENDING_SELECTOR
    mov bench_port(%rip), %eax
    lock btr %rax, shared_info_page + SHARED_PENDING(%rip)
    pop %rax
    leave $0
    .section .note.GNU-stack, "", @progbits
