/* SPDX-License-Identifier: MIT */
/* See apic.h. Register numbers are the memory-mapped offsets; x2APIC has them as MSRs, divided
 * by 16. */
#include "machine/apic.h"
#include "machine/clock.h"
#include "machine/cpu.h"
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
#define LVT_DEADLINE 0x40000
#define ICR_BUSY     0x1000
#define ICR_INIT     0x4500
#define ICR_STARTUP  0x4600
#define ICR_NMI      0x4400
#define ICR_FIXED    0x4000

static volatile uint8_t *mmio;
static bool x2apic, deadline_mode;
static uint64_t timer_khz; /* ticks of the count-down per ms */

static uint32_t apic_read(enum apic_register r)
{
    return x2apic ? (uint32_t)rdmsr(MSR_X2APIC + r / 16) : *(volatile uint32_t *)(mmio + r);
}

static void apic_write(enum apic_register r, uint32_t v)
{
    if (x2apic)
        wrmsr(MSR_X2APIC + r / 16, v);
    else
        *(volatile uint32_t *)(mmio + r) = v;
}

static void apic_command(uint32_t target, uint32_t command)
{
    if (x2apic) {
        wrmsr(MSR_X2APIC + APIC_ICR / 16, (uint64_t)target << 32 | command);
        return;
    }
    while (apic_read(APIC_ICR) & ICR_BUSY)
        pause();
    apic_write(APIC_ICR_HIGH, target << 24);
    apic_write(APIC_ICR, command);
}

uint64_t apic_phys(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    return base & 0x400 ? 0 : base & 0x000ffffffffff000ul;
}

void apic_setup(void)
{
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 0x800 | (x2apic ? 0x400 : 0));
    apic_write(APIC_TPR, 0);
    apic_write(APIC_LVT_LINT0, LVT_MASKED);
    apic_write(APIC_LVT_LINT1, LVT_NMI);
    apic_write(APIC_LVT_ERROR, LVT_MASKED);
    apic_write(APIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
    apic_write(APIC_TIMER_DIVIDE, 0xb); /* by 1 */
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (deadline_mode ? LVT_DEADLINE : 0));
}

static void apic_timer_calibrate(void)
{
    uint64_t start, ticks;

    apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    start = clock_now_ns();
    clock_delay_us(2000);
    ticks = UINT32_MAX - apic_read(APIC_TIMER_NOW);
    timer_khz = ticks * 1000000 / (clock_now_ns() - start);
    apic_write(APIC_TIMER_INITIAL, 0);
    if (!timer_khz)
        timer_khz = 1;
}

void apic_init(volatile void *registers)
{
    mmio = registers;
    x2apic = rdmsr(MSR_APIC_BASE) & 0x400;
    deadline_mode = cpu_has(CPU_TSC_DEADLINE);
    apic_setup();
    if (!deadline_mode)
        apic_timer_calibrate();
    apic_setup();
}

uint32_t apic_id(void)
{
    return x2apic ? apic_read(APIC_ID) : apic_read(APIC_ID) >> 24;
}

void apic_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

void apic_send(uint32_t target, uint8_t vector)
{
    apic_command(target, ICR_FIXED | vector);
}

void apic_send_init(uint32_t target)
{
    apic_command(target, ICR_INIT);
}

void apic_send_startup(uint32_t target, uint64_t trampoline)
{
    apic_command(target, ICR_STARTUP | (uint32_t)(trampoline >> 12));
}

void apic_send_nmi(uint32_t target)
{
    apic_command(target, ICR_NMI);
}

void apic_timer_arm(uint64_t deadline)
{
    uint64_t now, ns, ticks;

    if (deadline_mode) {
        wrmsr(MSR_TSC_DEADLINE, deadline ? max(clock_ns_to_tsc(deadline), 1ul) : 0);
        return;
    }
    if (!deadline) {
        apic_write(APIC_TIMER_INITIAL, 0);
        return;
    }
    now = clock_now_ns();
    ns = deadline > now ? min(deadline - now, 1000000000ul)
                        : 0; /* early for far ones: re-armed then */
    ticks = ns * timer_khz / 1000000 + 1;
    apic_write(APIC_TIMER_INITIAL, (uint32_t)min(ticks, (uint64_t)UINT32_MAX));
}
