/* SPDX-License-Identifier: MIT
 * The bare machine: traps, the APIC, a serial port, the time; then all rows, and the end. What the
 * hypervisor's guests reach by bench/run.c and the program `bench`, here in one file. */
#include "bench/native/native.h"
#include "bench/user.h"
#include "lib/format.h"

#define SERIAL             0x3f8
#define PIT_HZ             1193182
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_FMASK          0xc0000084
#define MSR_KERNEL_GS_BASE 0xc0000102

struct gate {
    uint16_t low, selector, flags, middle;
    uint32_t high, zero;
};

struct tss {
    uint32_t reserved;
    uint64_t rsp[3], reserved2, ist[7], reserved3;
    uint16_t reserved4, iomap;
} __attribute__((packed));

static struct gate idt[256] __attribute__((aligned(16)));
static struct tss tss;
struct table_register native_idtr = {sizeof(idt) - 1, (uint64_t)idt};
volatile uint32_t native_ipis;

extern char native_vector_6[], native_vector_14[], native_vector_80[], native_ipi[], native_stray[],
    native_leave_user[], trap_stack[], native_per_cpu[];
void native_main(void);
void native_died(uint64_t a, uint64_t b);

static void serial_put(void *to, const char *text, size_t n)
{
    (void)to;
    while (n--) {
        while (!(read_port(SERIAL + 5) & 0x20))
            ;
        write_port(SERIAL, (uint8_t)*text++);
    }
}

void native_print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_to(serial_put, NULL, format, args);
    va_end(args);
}

static void __attribute__((noreturn)) leave(uint8_t status)
{
    write_port(0xf4, status);
    for (;;)
        __asm__ volatile("cli; hlt");
}

void native_died(uint64_t a, uint64_t b)
{
    native_print("bench: an exception nobody waits for: %lx %lx\n", a, b);
    leave(0x12);
}

static void gate_set(unsigned vector, char *handler)
{
    uint64_t a = (uint64_t)handler;

    idt[vector] = (struct gate){(uint16_t)a,         SEL_KERNEL_CODE,     0xee00,
                                (uint16_t)(a >> 16), (uint32_t)(a >> 32), 0};
}

static void traps_setup(void)
{
    uint64_t base = (uint64_t)&tss;

    for (unsigned v = 0; v < 256; v++)
        gate_set(v, native_stray);
    gate_set(6, native_vector_6);
    gate_set(14, native_vector_14);
    gate_set(VECTOR_IPI, native_ipi);
    gate_set(VECTOR_SOFT, native_vector_80);
    gate_set(VECTOR_LEAVE_USER, native_leave_user);
    __asm__ volatile("lidt %0" ::"m"(native_idtr));
    tss.rsp[0] = (uint64_t)trap_stack + 16384;
    tss.iomap = sizeof(tss);
    native_gdt[SEL_TSS / 8] = 0x0000890000000000UL | (sizeof(tss) - 1) | (base & 0xffffff) << 16 |
                              (base >> 24 & 0xff) << 56;
    native_gdt[SEL_TSS / 8 + 1] = base >> 32;
    __asm__ volatile("ltr %w0" ::"r"(SEL_TSS));
    write_msr(MSR_STAR, (uint64_t)(SEL_KERNEL_DATA | 3) << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
    write_msr(MSR_FMASK, 0x200);
    write_msr(MSR_KERNEL_GS_BASE, (uint64_t)native_per_cpu);
}

static void devices_setup(void)
{
    write_port(0x21, 0xff); /* the old interrupt controllers: silent */
    write_port(0xa1, 0xff);
    *apic(APIC_SPURIOUS) = 0x1ff;
    *apic(APIC_TIMER) = 0x10000 | VECTOR_IPI; /* masked, one shot */
}

static uint16_t pit_read(void)
{
    uint16_t low;

    write_port(0x43, 0); /* latch counter 0 */
    low = read_port(0x40);
    return (uint16_t)(low | read_port(0x40) << 8);
}

/* Ticks a second, against 20 ms of the timer chip. */
static void tick_rate(void)
{
    uint64_t ticks;
    uint16_t start, gone;

    write_port(0x43, 0x34); /* counter 0, both bytes, rate generator, from 65536 */
    write_port(0x40, 0);
    write_port(0x40, 0);
    start = pit_read();
    ticks = bench_tsc();
    do
        gone = (uint16_t)(start - pit_read());
    while (gone < PIT_HZ / 50);
    ticks = bench_tsc() - ticks;
    native_print("bench: khz,%lu\n", ticks * PIT_HZ / gone / 1000);
}

/* ---- rows ---- */
static struct bench_result result;

static void row_print(const char *operation)
{
    native_print("bench: %s,native,1,%lu,%lu\n", operation, result.min, result.median);
}

static void in_user(const void *row)
{
    bench_measure(row, &result);
}

void native_main(void)
{
    traps_setup();
    devices_setup();
    tick_rate();
    for (const struct bench *b = native_rows; b->operation; b++) {
        if (b->begin)
            b->begin(b->n);
        bench_measure(b, &result);
        if (b->end)
            b->end(b->n);
        row_print(b->operation);
    }
    for (unsigned i = 0; i < BENCH_TRIPS; i++) {
        write_msr(MSR_LSTAR,
                  (uint64_t)(bench_trips[i].n ? native_syscall_sysret : native_syscall_iret));
        native_run_user(in_user, &bench_trips[i]);
        row_print(bench_trips[i].operation);
    }
    native_print("bench: end\n");
    leave(0x10);
}
