/* SPDX-License-Identifier: MIT */
/*
 * A player's luck, and doing what may fault: guarded() keeps the stack pointer, and a fault comes back there. One that
 * was aborted leaves like one that is finished, with a number of its own.
 */
#include "fuzz.h"

long guarded(const void *code, uint64_t *saved_rsp, const uint64_t *registers);
extern char guard_abort[];

/* registers: rdi rsi rdx r10 r8 r9 rax rcx, then an iret frame: rip cs rflags rsp ss flags. */
__asm__(".text\n.globl guard_iret, guard_vcpu, guard_spare\n"
        "guarded: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "mov %rsp, (%rsi); movq $1, 8(%rsi)\n"
        "mov %rdi, %rbx; mov %rdx, %rbp\n"
        "mov 0(%rbp), %rdi; mov 8(%rbp), %rsi; mov 16(%rbp), %rdx; mov 24(%rbp), %r10\n"
        "mov 32(%rbp), %r8; mov 40(%rbp), %r9; mov 48(%rbp), %rax; mov 56(%rbp), %rcx\n"
        "call *%rbx\n"
        "guard_abort: cld; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n"
        "guard_iret: push 96(%rbp); push 88(%rbp); push 80(%rbp); push 72(%rbp); push 64(%rbp); push 104(%rbp)\n"
        "jmp hypercall_page + 23 * 32\n"
        "guard_vcpu: cld; call player_run; ud2\n"
        "guard_spare: mov $24, %eax; mov $2, %edi; syscall; jmp guard_spare\n"); /* down with vcpu rsi */

uint64_t random(struct player *r)
{
    uint64_t x = r->random += 0x9e3779b97f4a7c15;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

bool one_in(struct player *r, unsigned int n) { return random(r) % n == 0; }

/* Every fault of ours ends what was tried; everything else that enters us is let go on. */
bool caught(struct frame *frame)
{
    size_t at = (size_t)((uint8_t *)frame - (uint8_t *)players);
    struct player *r = &players[at / sizeof(players[0])];

    if (frame->vector == BY_EVENT) /* taken note of, whoever it was for, or it comes again at once */
        for (unsigned int i = 0; i < VCPUS; i++)
            shared_info->vcpu_info[i].evtchn_upcall_pending = 0;
    if (frame->vector >= BY_EVENT && frame->vector != BY_FAILSAFE)
        return true;
    if (at >= sizeof(players))
        return false;
    if (!r->armed) { /* a breakpoint or a single step from before */
        if (frame->vector != 1)
            return false;
        frame->rflags &= ~0x100ul;
        return true;
    }
    r->traps++;
    frame->rip = (uint64_t)guard_abort;
    frame->rsp = r->saved_rsp;
    frame->cs = FLAT_KERNEL_CS & ~3u; /* so the iret hypercall knows kernel mode */
    frame->ss = FLAT_KERNEL_SS;
    frame->rflags = 0x202;
    frame->rax = (uint64_t)-1000 - frame->vector;
    return true;
}

long call_code(struct player *r, const void *code, const uint64_t registers[14])
{
    /* An aborted one leaves at guard_abort with the stack as before the call; a finished one with rsp the same. */
    long rc = guarded(code, &r->saved_rsp, registers);

    r->armed = 0;
    return rc;
}

long call_nr(struct player *r, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    const uint64_t registers[14] = {a, b, c, d, e, random(r), nr, nr};
    long rc = call_code(r, hypercall_page + (nr & 63) * 32, registers);

    r->calls++;
    r->good += rc >= 0;
    return rc;
}

bool store(struct player *r, uint64_t va, uint64_t value)
{
    static const uint8_t code[] = {0x48, 0x89, 0x37, 0x31, 0xc0, 0xc3}; /* mov %rsi, (%rdi); xor %eax, %eax; ret */

    return call_code(r, code, (uint64_t[14]){va, value}) == 0;
}

long fill(struct player *r, uint64_t va, uint8_t byte, size_t n)
{
    static const uint8_t code[] = {0xf3, 0xaa, 0x31, 0xc0, 0xc3}; /* rep stosb; xor %eax, %eax; ret */

    return call_code(r, code, (uint64_t[14]){[0] = va, [6] = byte, [7] = n});
}
