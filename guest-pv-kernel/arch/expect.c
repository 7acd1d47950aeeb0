/* SPDX-License-Identifier: MIT
 * See expect.h. A trap while one is expected is recorded and answered by returning to the point
 * where expect_run was called, as longjmp would. Invariant: at most one expectation per cpu, and
 * interrupts are off while it stands, so nobody else can meet it. */
#include "arch/expect.h"

#include "arch/paravirt.h"

static struct {
    struct expect *e;
    uint64_t resume[3]; /* rip, rsp, rbp */
} waiting[MAX_CPUS];

uint64_t expect_call(uint64_t *resume, uint64_t (*fn)(uint64_t), uint64_t arg);

/* Saves where to continue, calls, and is returned to by either road with the callee-saved
 * registers. */
__asm__(".text\n"
        "expect_call:\n"
        "    push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "    lea expect_back(%rip), %rax\n"
        "    mov %rax, (%rdi)\n"
        "    mov %rsp, 8(%rdi)\n"
        "    sub $8, %rsp\n"
        "    mov %rdx, %rdi\n"
        "    call *%rsi\n"
        "    add $8, %rsp\n"
        "expect_back:\n"
        "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "    ret\n");

uint64_t expect_run(struct expect *e, uint64_t (*fn)(uint64_t), uint64_t arg)
{
    bool irq = irq_save();
    unsigned id = this_cpu()->id;
    uint64_t value;

    e->trapped = false;
    waiting[id].e = e;
    value = expect_call(waiting[id].resume, fn, arg);
    waiting[id].e = NULL;
    irq_restore(irq);
    return value;
}

bool expect_met(struct regs *r, uint64_t cr2)
{
    unsigned id = this_cpu()->id;
    struct expect *e = waiting[id].e;

    if (!e || regs_from_user(r))
        return false;
    e->trapped = true;
    e->regs = *r;
    e->cr2 = cr2;
    e->masked = !irq_enabled();
    waiting[id].e = NULL;
    r->rip = waiting[id].resume[0];
    r->rsp = waiting[id].resume[1];
    r->rflags = 0x2; /* neither TF nor IF: expect_run restores */
    r->rax = 0;
    return true;
}

bool expect_spurious(uint64_t cr2)
{
    const uint64_t *t = frame_address(kernel_root.kernel_pfn);
    pte_t e = 0;

    for (unsigned level = 4; level; level--) {
        e = t[(cr2 >> (3 + 9 * level)) & 511];
        if (!(e & PTE_P))
            return false;
        if (level > 1)
            t = frame_address(pte_frame(e));
    }
    return e & PTE_W;
}
