/* SPDX-License-Identifier: MIT */
/*
 * See clock.h. Calibration brackets each reading of the slow clock by two of the TSC and keeps the
 * tightest of many brackets at either end of the interval, so that being interrupted (by firmware,
 * or by the host of an emulator) costs a sample and not accuracy. An interruption of a whole round of
 * the slow clock goes unseen in one measurement, so two must agree.
 */
#include "machine/clock.h"
#include "machine/apic.h"
#include "machine/cpu.h"

#define PIT_HZ      1193182ul
#define PM_TIMER_HZ 3579545ul
#define INTERVAL_MS 20
#define SAMPLES     50

struct clock_scale clock_tsc_scale;
static uint64_t boot_wallclock;
uint64_t clock_tsc_khz;
const char *clock_source;

static uint16_t pm_port;

/* Both count upwards in 16 bits here, enough for the interval. */
static uint16_t read_pit(void)
{
    uint8_t low;

    outb(0x43, 0x80); /* latch channel 2 */
    low = inb(0x42);
    return (uint16_t)(0 - (inb(0x42) << 8 | low));
}

static uint16_t read_pm_timer(void)
{
    return (uint16_t)(inl(pm_port) >> 2); /* 3.58 MHz / 4: 73 ms until it wraps */
}

struct sample {
    uint64_t tsc;
    uint16_t slow;
};

static struct sample take_sample(uint16_t (*read)(void))
{
    struct sample best = {0, 0};
    uint64_t best_width = UINT64_MAX;

    for (unsigned int i = 0; i < SAMPLES; i++) {
        uint64_t before = rdtsc();
        uint16_t slow = read();
        uint64_t width = rdtsc() - before;

        if (width < best_width) {
            best_width = width;
            best = (struct sample){before + width / 2, slow};
        }
    }
    return best;
}

/* TSC ticks per ms; 0: that clock stands still. */
static uint64_t measure(uint16_t (*read)(void), uint64_t hz)
{
    struct sample start = take_sample(read), end;
    uint16_t goal = (uint16_t)(hz * INTERVAL_MS / 1000);
    uint64_t tries = 0;

    while ((uint16_t)(read() - start.slow) < goal) {
        if (++tries > 10000000)
            return 0;
    }
    end = take_sample(read);
    return (end.tsc - start.tsc) * hz / 1000 / (uint16_t)(end.slow - start.slow);
}

static uint64_t measure_twice(uint16_t (*read)(void), uint64_t hz)
{
    uint64_t khz = measure(read, hz), before = 0;

    for (unsigned int i = 0; i < 10 && khz && max(khz, before) - min(khz, before) > khz / 128; i++) {
        before = khz;
        khz = measure(read, hz);
    }
    return khz;
}

static uint64_t khz_by_cpuid(void)
{
    struct cpuid_regs r;

    if (cpuid(0, 0).eax >= 0x15) {
        r = cpuid(0x15, 0);
        if (r.eax && r.ebx && r.ecx)
            return (uint64_t)r.ecx * r.ebx / r.eax / 1000;
    }
    if (cpu_has(CPU_HYPERVISOR) && cpuid(0x40000000, 0).eax >= 0x40000010)
        return cpuid(0x40000010, 0).eax;
    return 0;
}

static uint64_t khz_by_pit(void)
{
    outb(0x61, (inb(0x61) & ~2) | 1); /* gate of channel 2 on, speaker off */
    outb(0x43, 0xb4);                 /* channel 2, both bytes, round and round */
    outb(0x42, 0xff);
    outb(0x42, 0xff);
    return measure_twice(read_pit, PIT_HZ);
}

static void set_scale(uint64_t hz)
{
    int8_t shift = 0;

    while (hz > 2000000000ul) {
        hz >>= 1;
        shift--;
    }
    while (hz <= 1000000000ul) {
        hz <<= 1;
        shift++;
    }
    clock_tsc_scale.mul = (uint32_t)((1000000000ul << 32) / hz);
    clock_tsc_scale.shift = shift;
}

void clock_init(uint16_t pm_timer)
{
    pm_port = pm_timer;
    clock_source = "CPUID";
    clock_tsc_khz = khz_by_cpuid();
    if (!clock_tsc_khz && pm_timer) {
        clock_source = "ACPI timer";
        clock_tsc_khz = measure_twice(read_pm_timer, PM_TIMER_HZ / 4);
    }
    if (!clock_tsc_khz) {
        clock_source = "PIT";
        clock_tsc_khz = khz_by_pit();
    }
    if (!clock_tsc_khz) {
        clock_source = "guess";
        clock_tsc_khz = 1000000;
    }
    set_scale(clock_tsc_khz * 1000);
    boot_wallclock = clock_read_rtc() * 1000000000ul - clock_now_ns();
}

uint64_t clock_ns_to_tsc(uint64_t ns)
{
    return ns / 1000000 * clock_tsc_khz + ns % 1000000 * clock_tsc_khz / 1000000 + 1;
}

void clock_sample(uint64_t *tsc, uint64_t *ns)
{
    *tsc = rdtsc();
    *ns = clock_tsc_to_ns(*tsc);
}

void clock_scale(uint32_t *mul, int8_t *shift)
{
    *mul = clock_tsc_scale.mul;
    *shift = clock_tsc_scale.shift;
}

uint64_t clock_boot_wallclock_ns(void)
{
    return boot_wallclock;
}

void clock_timer_set(uint64_t deadline_ns)
{
    apic_timer_arm(deadline_ns);
}

void clock_delay_us(unsigned int us)
{
    uint64_t end = rdtsc() + us * clock_tsc_khz / 1000;

    while ((int64_t)(rdtsc() - end) < 0)
        pause();
}

enum rtc_field { RTC_SECOND, RTC_MINUTE, RTC_HOUR, RTC_DAY, RTC_MONTH, RTC_YEAR, RTC_FIELDS };

static uint8_t read_cmos(uint8_t index)
{
    outb(0x70, index);
    return inb(0x71);
}

static void read_rtc_fields(unsigned int *f)
{
    static const uint8_t index[RTC_FIELDS] = {0, 2, 4, 7, 8, 9};

    for (unsigned int i = 0; i < 1000000 && read_cmos(10) & 0x80; i++)
        pause(); /* an update is under way */
    for (unsigned int i = 0; i < RTC_FIELDS; i++)
        f[i] = read_cmos(index[i]);
}

uint64_t clock_read_rtc(void)
{
    static const uint16_t days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    unsigned int f[RTC_FIELDS], again[RTC_FIELDS], tries = 0, status, year;
    uint64_t days;
    bool pm;

    do {
        read_rtc_fields(f);
        read_rtc_fields(again);
    } while (f[RTC_SECOND] != again[RTC_SECOND] && ++tries < 5);
    status = read_cmos(11);
    pm = !(status & 2) && f[RTC_HOUR] & 0x80;
    f[RTC_HOUR] &= 0x7f;
    for (unsigned int i = 0; i < RTC_FIELDS && !(status & 4); i++)
        f[i] = (f[i] >> 4) * 10 + (f[i] & 15);
    if (!(status & 2))
        f[RTC_HOUR] = f[RTC_HOUR] % 12 + (pm ? 12 : 0);
    year = f[RTC_YEAR] + (f[RTC_YEAR] < 70 ? 2000 : 1900);
    if (!f[RTC_MONTH] || f[RTC_MONTH] > 12 || !f[RTC_DAY])
        return 0;
    days = (year - 1970) * 365 + (year - 1969) / 4 + days_before[f[RTC_MONTH] - 1] + f[RTC_DAY] - 1;
    if (f[RTC_MONTH] > 2 && year % 4 == 0)
        days++;
    return ((days * 24 + f[RTC_HOUR]) * 60 + f[RTC_MINUTE]) * 60 + f[RTC_SECOND];
}
