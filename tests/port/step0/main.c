/* SPDX-License-Identifier: MIT */
/* The kernel's life: each stage needs the one before it. */
#include "kernel.h"

void kernel_main(void);

static void paging_stage(void)
{
    volatile uint64_t *word = (uint64_t *)(DEMAND + 0x5000);
    volatile uint64_t *page = page_alloc();

    *word = 1234; /* faults, and is mapped */
    print("teach: demand page holds %u\n", *word);
    page[0] = 5678;
    map(boot_root, DEMAND + 0x7000, (void *)page, 0);
    print("teach: second mapping shows %u\n", *(volatile uint64_t *)(DEMAND + 0x7000));
    unmap(boot_root, DEMAND + 0x7000);
    page_free((void *)page);
}

static void user_stage(void)
{
    unsigned int before = pages_free();

    print("teach: program ended with %u\n", (uint64_t)user_program());
    print("teach: program ended with %u\n", (uint64_t)user_program());
    print("teach: %u pages lost\n", (uint64_t)(before - pages_free()));
}

void kernel_main(void)
{
    print("teach: console\n");
    trap_init();
    __asm__ volatile("int3");
    print("teach: traps\n");
    paging_init();
    paging_stage();
    print("teach: paging\n");
    timer_init();
    timer_wait(3);
    print("teach: timer\n");
    user_init();
    user_stage();
    print("teach: user mode\n");
    power_off();
}
