/* SPDX-License-Identifier: MIT */
/* One program in user mode, and the system calls it may make. */
#include "kernel.h"

#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_FMASK 0xc0000084

static void msr_write(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

void user_init(void)
{
    msr_write(MSR_STAR, (uint64_t)(KERNEL_DATA | 3) << 48 | (uint64_t)KERNEL_CODE << 32);
    msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
    msr_write(MSR_FMASK, 0x600); /* interrupts off, direction up */
}

long user_program(void)
{
    uint64_t *space = space_new();
    struct frame frame = {.rip = USER_TEXT, .cs = USER_CODE, .rflags = 0x202, .rsp = USER_STACK, .ss = USER_DATA};
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
