/* SPDX-License-Identifier: MIT */
/* See apic.h. */
#include "machine/apic.h"
#include "machine/clock.h"
#include "machine/insn.h"

enum apic_register {
    APIC_ID = 0x20,
    APIC_TPR = 0x80,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_ICR = 0x300,
    APIC_ICR_HIGH = 0x310,
    APIC_LVT_TIMER = 0x320,
    APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360,
    APIC_LVT_ERROR = 0x370,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_NOW = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,
};

#define LVT_MASKED   0x10000
#define LVT_NMI      0x400
#define BASE_X2APIC  0x400
#define BASE_ENABLED 0x800
#define ICR_BUSY     0x1000
#define ICR_ASSERT   0x4000

#define COM1_PIN 4 /* of the I/O APIC */

static volatile uint8_t *mmio;
static uint64_t timer_khz; /* ticks of the count-down per ms */

static uint32_t apic_read(enum apic_register r)
{
    return *(volatile uint32_t *)(mmio + r);
}

static void apic_write(enum apic_register r, uint32_t v)
{
    *(volatile uint32_t *)(mmio + r) = v;
}

uint64_t apic_phys(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    return base & BASE_X2APIC ? 0 : base & 0x000ffffffffff000ul;
}

void apic_setup(void)
{
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | BASE_ENABLED);
    apic_write(APIC_TPR, 0);
    apic_write(APIC_LVT_LINT0, LVT_MASKED);
    apic_write(APIC_LVT_LINT1, LVT_NMI);
    apic_write(APIC_LVT_ERROR, LVT_MASKED);
    apic_write(APIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
    apic_write(APIC_TIMER_DIVIDE, 0xb); /* by 1 */
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
}

void apic_init(volatile void *registers)
{
    uint64_t start, ticks;

    mmio = registers;
    outb(0x21, 0xff); /* the 8259s: nothing comes from them, nor could it with LINT0 masked */
    outb(0xa1, 0xff);
    apic_setup();
    start = clock_now_ns();
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    clock_delay_us(2000);
    ticks = UINT32_MAX - apic_read(APIC_TIMER_NOW);
    apic_write(APIC_TIMER_INITIAL, 0);
    timer_khz = max(ticks * 1000000 / (clock_now_ns() - start), 1ul);
}

uint32_t apic_id(void)
{
    return apic_read(APIC_ID) >> 24;
}

void apic_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

void apic_send(uint32_t target, uint32_t what)
{
    while (apic_read(APIC_ICR) & ICR_BUSY)
        pause();
    apic_write(APIC_ICR_HIGH, target << 24);
    apic_write(APIC_ICR, ICR_ASSERT | what);
}

void apic_timer_set(uint64_t deadline)
{
    uint64_t now = clock_now_ns(), ticks;

    if (!deadline) {
        apic_write(APIC_TIMER_INITIAL, 0);
        return;
    }
    /* Early for far ones: re-armed then. */
    ticks = deadline > now ? min(deadline - now, 1000000000ul) * timer_khz / 1000000 + 1 : 1;
    apic_write(APIC_TIMER_INITIAL, (uint32_t)min(ticks, (uint64_t)UINT32_MAX));
}

static void ioapic_write(volatile uint32_t *registers, unsigned int r, uint32_t v)
{
    registers[0] = r;
    registers[4] = v;
}

void ioapic_init(volatile void *registers)
{
    volatile uint32_t *io = registers;
    unsigned int pins;

    io[0] = 1;
    pins = (io[4] >> 16 & 0xff) + 1;
    for (unsigned int pin = 0; pin < pins; pin++)
        ioapic_write(io, 0x10 + 2 * pin, LVT_MASKED);
    ioapic_write(io, 0x11 + 2 * COM1_PIN, apic_id() << 24);
    ioapic_write(io, 0x10 + 2 * COM1_PIN, VECTOR_SERIAL);
}
