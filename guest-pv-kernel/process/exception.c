/* SPDX-License-Identifier: MIT
 * What a user's own fault does: mended (copy-on-write, a page of heap or stack), handed to the
 * catcher the process named, or the end of the process with a line that says why. */
#include "lib/print.h"
#include "process/abi.h"
#include "process/process.h"

bool kernel_user_fault(uint64_t va, bool write)
{
    struct process *p = current();

    return p && p->has_space && space_fault(&p->space, va, write);
}

void kernel_user_exception(struct regs *r, uint64_t cr2)
{
    struct process *p = current();

    if (p->catcher) {
        r->rdi = r->vector;
        r->rsi = r->error;
        r->rdx = r->rip;
        r->rcx = cr2;
        r->rip = p->catcher;
        r->rsp = ((r->rsp - 256) & ~15UL) - 8; /* below the red zone, aligned as after a call */
        r->rflags &= ~0x100UL;                 /* single-step ends here */
        return;
    }
    print("%s[%d]: exception %lu at %lx, error %lx", p->name, p->pid, r->vector, r->rip, r->error);
    if (r->vector == 14)
        print(", address %lx", cr2);
    print("\n");
    process_exit(STATUS_EXCEPTION + (int)r->vector);
}
