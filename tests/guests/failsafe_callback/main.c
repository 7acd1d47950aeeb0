/* SPDX-License-Identifier: MIT */
/*
 * Coming back to the guest can fail for two reasons. A code selector that does not exist is a #GP in the
 * frame it should have entered. A data selector whose descriptor vanished while the vcpu was away (the
 * other one has no pcpu of its own) is the failsafe callback, with the selectors on the stack. (vcpus: 2)
 * (pcpus: 1)
 */
#include "guest.h"

static struct frame got;
static volatile unsigned int failsafes;
static volatile uint64_t ran;

static bool hook(struct frame *frame)
{
    if (frame->vector == BY_FAILSAFE) {
        failsafes++;
        return true;
    }
    if (frame->vector != 13)
        return false;
    got = *frame;
    user_return(13);
}

static void land(void) { __asm__ volatile("ud2"); }

static void second(void)
{
    for (;;) {
        ran++;
        hypercall(sched_op, SCHEDOP_yield);
    }
}

void test_main(void)
{
    uint64_t *gdt = page_alloc(), slot;
    uint64_t frames[1] = {virt_to_mfn(gdt)};
    struct frame frame;

    slot = virt_to_mfn(gdt) * PAGE_SIZE + 6 * 8;
    gdt[6] = 0x00cff3000000ffffull; /* 0x33: flat user data */
    page_readonly(gdt);
    expect("a GDT of our own", hypercall(set_gdt, frames, 512), 0);
    trap_hook = hook;
    user_frame(&frame, land);
    frame.cs = 0x40;
    frame.ss = FLAT_KERNEL_SS;
    frame.rflags = 2;
    ktap_equal("iret to a code selector that does not exist is a #GP", (uint64_t)user_call(&frame), 13);
    ktap_equal("with the selector", got.error, 0x40);
    ktap_equal("in the frame it should have entered", got.rip, frame.rip);
    expect("a second vcpu", vcpu_start(1, second), 0);
    ktap_ok("runs", wait_for(&ran, 1, 3000));
    ktap_equal("no failsafe so far", failsafes, 0);
    __asm__ volatile("mov %0, %%es" : : "r"(0x33));
    expect("the descriptor in es vanishes", hypercall(update_descriptor, slot, 0), 0);
    ran = 0;
    (void)wait_for(&ran, 5, 3000);
    for (uint64_t end = time_ns() + 300000000; !failsafes && time_ns() < end;)
        hypercall(sched_op, SCHEDOP_yield);
    ktap_equal("one failsafe call", failsafes, 1);
    ktap_equal("es, fs and gs as they were", failsafe_selectors[1] & 0xffff, 0x33);
}
