/* SPDX-License-Identifier: MIT */
/* The trap table, and what is done about each trap. */
#include "hypercall.h"
#include "kernel.h"

void trap_init(void)
{
    static struct trap_info table[33]; /* the last one, all zero, ends it */

    for (unsigned int i = 0; i < 32; i++)
        table[i] = (struct trap_info){.vector = (uint8_t)i, .flags = 4 | (i == 3 ? 3 : 0), /* events masked | DPL */
                                      .cs = FLAT_KERNEL_CS, .address = (uint64_t)trap_stubs + 16 * i};
    if (hypercall(set_trap_table, table))
        panic("no trap table");
}

static uint64_t fault_address(void) { return shared_info->vcpu_info[0].arch.cr2; }

void trap(struct frame *frame)
{
    if (frame->vector == 3) {
        print("teach: breakpoint at %x\n", frame->rip);
    } else if (frame->vector == TIMER) {
        timer_interrupt();
    } else if (frame->vector == SYSCALL) {
        frame->rax = (uint64_t)syscall(frame->rax, frame->rdi, frame->rsi);
    } else if (frame->vector != 14 || !paging_fault(fault_address())) {
        panic("exception %u, error %x, at %x", frame->vector, frame->error, frame->rip);
    }
}
