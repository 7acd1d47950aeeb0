/* SPDX-License-Identifier: MIT */
/*
 * An LDT's pages are looked up when the CPU first needs one. That may be in the hypervisor's own IRET, when a kernel
 * returns to a context whose stack selector lies in an LDT nobody has touched yet: it must succeed all the same.
 */
#include "guest.h"

#define DATA 0x00cff3000000ffffull
#define LDT_SELECTOR(n) ((n) * 8 + 7)

static struct frame got;

static bool hook(struct frame *frame)
{
    if (frame->vector == BY_EVENT)
        return false;
    got = *frame;
    user_return((long)frame->vector);
}

static void land(void) { __asm__ volatile("ud2"); }

void test_main(void)
{
    uint64_t *ldt = page_alloc();
    struct mmuext_op op = {.cmd = MMUEXT_SET_LDT};
    uint64_t stack = (uint64_t)page_alloc() + PAGE_SIZE;
    struct frame frame;

    ldt[1] = DATA;
    page_readonly(ldt);
    op.arg1.linear_addr = (uint64_t)ldt;
    op.arg2.nr_ents = 512;
    user_root_install();
    expect("a stack for entries from user mode", hypercall(stack_switch, FLAT_KERNEL_SS, stack), 0);
    expect("an LDT", hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF), 0);
    trap_hook = hook;
    user_frame(&frame, land);
    frame.ss = LDT_SELECTOR(1);
    ktap_equal("iret onto a stack selector of the LDT arrives", (uint64_t)user_call(&frame), 6);
    ktap_equal("with that selector", got.ss, LDT_SELECTOR(1));
    frame.ss = LDT_SELECTOR(2);
    ktap_equal("an empty descriptor is a #GP", (uint64_t)user_call(&frame), 13);
    ktap_equal("with the selector", got.error, LDT_SELECTOR(2) & ~3);
}
