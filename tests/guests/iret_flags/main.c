/* SPDX-License-Identifier: MIT */
/* The iret hypercall: flags go where they belong; privilege bits are the hypervisor's; bad frames fault. */
#include "guest.h"

static struct frame landed;

static bool landing(struct frame *frame)
{
    if (frame->vector != 6)
        return false;
    landed = *frame;
    user_return(0);
}

static void land(void) { __asm__ volatile("ud2"); }

static void go(struct frame *frame, uint64_t flags)
{
    user_frame(frame, land);
    frame->cs = FLAT_KERNEL_CS & ~3;
    frame->ss = FLAT_KERNEL_SS;
    frame->rflags = flags;
    user_call(frame);
}

void test_main(void)
{
    struct frame frame;

    events_disable();
    trap_hook = landing;
    go(&frame, 0x202);
    ktap_equal("IF set clears the upcall mask", vcpu0()->evtchn_upcall_mask, 0);
    go(&frame, 0x002);
    ktap_equal("IF clear sets it", vcpu0()->evtchn_upcall_mask, 1);
    go(&frame, 0x3002);
    ktap_equal("IOPL is not the guest's", landed.rflags & 0x3000, 0);
    go(&frame, 0x00dd5 | 2);
    ktap_equal("arithmetic flags and DF are kept", landed.rflags & 0xcd5, 0xcd5);
    go(&frame, 0x40000 | 2);
    ktap_equal("AC is kept", landed.rflags & 0x40000, 0x40000);
    go(&frame, 0x200000 | 2);
    ktap_equal("ID is kept", landed.rflags & 0x200000, 0x200000);
    go(&frame, 0x20000 | 2);
    ktap_equal("VM is not", landed.rflags & 0x20000, 0);
    go(&frame, 0x4000 | 2);
    ktap_equal("NT is kept", landed.rflags & 0x4000, 0x4000);
    frame.rax = 0;
    for (int n = 0; n < 2; n++) {
        user_frame(&frame, land);
        frame.cs = FLAT_KERNEL_CS & ~3;
        frame.ss = FLAT_KERNEL_SS;
        frame.rflags = 2;
        frame.rax = 0xaaaa;
        frame.r11 = 0xbbbb;
        frame.rcx = 0xcccc;
        iret_flags = n ? 0x100 : 0; /* VGCF_in_syscall: the quick way out, which loses rcx and r11 */
        user_call(&frame);
        iret_flags = 0;
        ktap_equal(n ? "rax after the quick return" : "rax", landed.rax, 0xaaaa);
        if (!n) {
            ktap_equal("r11", landed.r11, 0xbbbb);
            ktap_equal("rcx", landed.rcx, 0xcccc);
        }
    }
}
