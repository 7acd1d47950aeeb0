/* SPDX-License-Identifier: MIT */
/*
 * iret inside a multicall leaves the list where it is: control goes to the frame, and what follows in the
 * list is not performed in the mode that iret left.
 */
#include "guest.h"

static struct multicall_entry list[3];
static struct frame got;
static uint64_t saved_stack[8];

static bool hook(struct frame *frame)
{
    if (frame->vector != 6)
        return false;
    got = *frame;
    user_return(7);
}

static void land(void) { __asm__ volatile("ud2"); }

/* rsp points to an iret frame when the hypercall is made, as the ABI wants it. */
static void __attribute__((noinline)) go(void)
{
    uint64_t frame[9] = {1, 2, 3, 0, (uint64_t)land, FLAT_KERNEL_CS & ~3, 2, (uint64_t)saved_stack + 64, FLAT_KERNEL_SS};

    __asm__ volatile("mov %0, %%rsp\n\tmov %1, %%eax\n\tsyscall\n\tud2"
                     : : "r"(frame), "i"(__HYPERVISOR_multicall), "D"(list), "S"(2ul) : "memory", "rax");
}

static void from_here(void) { go(); }

void test_main(void)
{
    struct frame frame;
    char *page = page_alloc();

    list[0].op = __HYPERVISOR_iret;
    list[1].op = __HYPERVISOR_update_va_mapping;
    list[1].args[0] = (uint64_t)page;
    list[1].args[1] = pte_for(page, RO);
    list[1].args[2] = UVMF_INVLPG;
    trap_hook = hook;
    user_frame(&frame, from_here);
    frame.cs = FLAT_KERNEL_CS & ~3;
    frame.ss = FLAT_KERNEL_SS;
    frame.rflags = 2;
    ktap_equal("control comes back", (uint64_t)user_call(&frame), 7);
    ktap_equal("at the frame's rip", got.rip, (uint64_t)land);
    ktap_equal("with the frame's rax", got.rax, 1);
    ktap_equal("and its r11 and rcx", got.r11 << 8 | got.rcx, 0x203);
    expect_no_trap("what follows in the list is not performed", try_write((uint64_t)page, 1));
    ktap_ok("the hypervisor still answers", hypercall(xen_version, XENVER_version) > 0);
}
