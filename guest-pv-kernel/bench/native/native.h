/* SPDX-License-Identifier: MIT
 * The bare-metal benchmark's machine, for C and assembly: selectors, vectors, and what head.S and
 * machine.c give to rows.c. All memory below 4 GiB is mapped where it is, open to ring 3. */
#ifndef BENCH_NATIVE_H
#define BENCH_NATIVE_H

#define SEL_KERNEL_CODE 0x08
#define SEL_KERNEL_DATA 0x10
#define SEL_USER_DATA   0x1b /* in the order sysret wants */
#define SEL_USER_CODE   0x23
#define SEL_TSS         0x28

#define VECTOR_IPI        0x40
#define VECTOR_SOFT       0x80
#define VECTOR_LEAVE_USER 0x81

#define APIC             0xfee00000
#define APIC_EOI         0xb0
#define APIC_SPURIOUS    0xf0
#define APIC_COMMAND     0x300
#define APIC_TIMER       0x320
#define APIC_TIMER_COUNT 0x380

#ifndef __ASSEMBLER__
#include "bench/bench.h"

#include <stddef.h>

extern const struct bench native_rows[];

extern uint64_t native_root[512], native_other_root[512], native_gdt[];
extern char native_syscall_iret[], native_syscall_sysret[];
extern volatile uint32_t native_ipis;

struct table_register {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));
extern struct table_register native_idtr, native_gdtr;

void native_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void native_run_user(void (*fn)(const void *), const void *arg); /* in ring 3, and back */

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

static inline void write_port(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static inline uint8_t read_port(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline volatile uint32_t *apic(unsigned offset)
{
    return (volatile uint32_t *)(uintptr_t)(APIC + offset);
}
#endif
#endif
