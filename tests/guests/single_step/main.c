/* SPDX-License-Identifier: MIT */
/* Single step: TF set by the guest raises #DB after the next instruction, and BS in dr6. */
#include "guest.h"

static unsigned int steps;
static uint64_t rips[8];

static bool stepped(struct frame *frame)
{
    if (frame->vector != 1)
        return false;
    if (steps < 8)
        rips[steps] = frame->rip;
    if (++steps == 3)
        frame->rflags &= ~0x100ul;
    return true;
}

void test_main(void)
{
    uint64_t first;

    trap_hook = stepped;
    __asm__ volatile("pushf\n\torq $0x100, (%%rsp)\n\tpopf\n\tlea 1f(%%rip), %0\n1:\tnop\n\tnop\n\tnop\n\tnop"
                     : "=r"(first) : : "memory", "cc");
    ktap_equal("three steps", steps, 3);
    ktap_equal("the first after the instruction that followed popf", rips[0], first);
    ktap_equal("the second one byte on", rips[1], first + 1);
    ktap_equal("the third another", rips[2], first + 2);
    ktap_equal("dr6 says single step", (uint64_t)hypercall(get_debugreg, 6) & 0x4000, 0x4000);
}
