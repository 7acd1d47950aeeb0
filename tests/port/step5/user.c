/* SPDX-License-Identifier: MIT */
/* One program in user mode, and the system calls it may make. */
#include "hypercall.h"
#include "kernel.h"

void user_init(void)
{
    struct callback_register callback = {.type = CALLBACKTYPE_syscall, .flags = CALLBACKF_mask_events,
                                         .address = (uint64_t)trap_stubs + 16 * SYSCALL};

    if (hypercall(callback_op, CALLBACKOP_register, &callback) ||
        hypercall(stack_switch, FLAT_KERNEL_SS, trap_stack + TRAP_STACK_SIZE))
        panic("no user mode");
}

long user_program(void)
{
    uint64_t *space = space_new();
    struct frame frame = {.rip = USER_TEXT, .cs = FLAT_USER_CS | 3, .rflags = 0x202, .rsp = USER_STACK,
                          .ss = FLAT_USER_SS | 3};
    long result;

    for (uint64_t done = 0; done < (uint64_t)(user_text_end - user_text); done += PAGE_SIZE) {
        char *page = page_alloc();

        for (unsigned int i = 0; i < PAGE_SIZE; i++)
            page[i] = user_text[done + i];
        map(space, USER_TEXT + done, page, PTE_U);
    }
    space_load(space);
    result = user_run(&frame);
    space_load(boot_root);
    space_free(space);
    return result;
}

long syscall(uint64_t number, uint64_t a, uint64_t b)
{
    switch (number) {
    case 0: /* write(text, value): a line on the console */
        print("user: %s %u\n", (const char *)a, b);
        return 0;
    case 1: /* ticks() */
        return (long)ticks;
    case 2: /* exit(value) */
        user_leave((long)a);
    default:
        return -1;
    }
}
