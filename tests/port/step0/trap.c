/* SPDX-License-Identifier: MIT */
/* Descriptor tables, and what is done about each trap. */
#include "kernel.h"

struct gate {
    uint16_t low, selector, flags, middle;
    uint32_t high, zero;
};

struct tss {
    uint32_t reserved;
    uint64_t rsp[3], reserved2, ist[7], reserved3;
    uint16_t reserved4, iomap;
} __attribute__((packed));

struct table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static struct gate idt[33];
static struct tss tss;
static uint64_t gdt[7] = {0, 0x00209b0000000000, 0x0000930000000000, 0x0000f30000000000, 0x0020fb0000000000};

static void gdt_load(void)
{
    struct table table = {sizeof(gdt) - 1, (uint64_t)gdt};
    uint64_t base = (uint64_t)&tss;

    tss.rsp[0] = (uint64_t)trap_stack + TRAP_STACK_SIZE;
    tss.iomap = sizeof(tss);
    gdt[5] = 0x0000890000000000 | (sizeof(tss) - 1) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
    gdt[6] = base >> 32;
    __asm__ volatile("lgdt %0; mov %w1, %%ss; mov %w1, %%ds; mov %w1, %%es; ltr %w2"
                     : : "m"(table), "r"(KERNEL_DATA), "r"(5 * 8));
}

void trap_init(void)
{
    struct table table = {sizeof(idt) - 1, (uint64_t)idt};

    gdt_load();
    for (unsigned int i = 0; i < 33; i++) {
        uint64_t a = (uint64_t)trap_stubs + 16 * i;

        idt[i] = (struct gate){(uint16_t)a, KERNEL_CODE, i == 3 ? 0xee00 : 0x8e00,
                               (uint16_t)(a >> 16), (uint32_t)(a >> 32), 0};
    }
    __asm__ volatile("lidt %0" : : "m"(table));
}

static uint64_t fault_address(void)
{
    uint64_t va;

    __asm__ volatile("mov %%cr2, %0" : "=r"(va));
    return va;
}

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
