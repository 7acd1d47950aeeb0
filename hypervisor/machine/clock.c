/* SPDX-License-Identifier: MIT */
/*
 * See clock.h. Calibration brackets each reading of the slow clock by two of the TSC and keeps the tightest of many
 * brackets at either end of the interval, so that being interrupted (by firmware, or by the host of an emulator) costs
 * a sample and not accuracy.
 */
#include "machine/clock.h"
#include "lib/string.h"
#include "machine/panic.h"

#define PM_TIMER_HZ   3579545ul
#define PM_TIMER_MASK 0xffffffu /* 24 bits, which last for 4.7 s; some have 32 */
#define INTERVAL_MS   20
#define SAMPLES       50

struct clock_scale clock_tsc_scale;
uint64_t clock_tsc_khz, clock_boot_wallclock_ns;

struct sample {
    uint64_t tsc;
    uint32_t slow;
};

static struct sample take_sample(uint16_t pm_timer)
{
    struct sample best = {0, 0};
    uint64_t best_width = UINT64_MAX;

    for (unsigned int i = 0; i < SAMPLES; i++) {
        uint64_t before = rdtsc();
        uint32_t slow = inl(pm_timer);
        uint64_t width = rdtsc() - before;

        if (width < best_width) {
            best_width = width;
            best = (struct sample){before + width / 2, slow};
        }
    }
    return best;
}

/* TSC ticks per ms; 0: the slow clock stands still. */
static uint64_t measure(uint16_t pm_timer)
{
    struct sample start = take_sample(pm_timer), end;
    uint64_t tries = 0;

    while (((inl(pm_timer) - start.slow) & PM_TIMER_MASK) < PM_TIMER_HZ * INTERVAL_MS / 1000) {
        if (++tries > 10000000)
            return 0;
    }
    end = take_sample(pm_timer);
    return (end.tsc - start.tsc) * PM_TIMER_HZ / 1000 / ((end.slow - start.slow) & PM_TIMER_MASK);
}

static void set_scale(uint64_t hz)
{
    struct clock_scale *s = &clock_tsc_scale;

    for (; hz > 2000000000ul; hz >>= 1)
        s->shift--;
    for (; hz <= 1000000000ul; hz <<= 1)
        s->shift++;
    s->mul = (uint32_t)((1000000000ul << 32) / hz);
}

static uint8_t read_cmos(uint8_t index)
{
    outb(0x70, index);
    return inb(0x71);
}

enum rtc_field { RTC_SECOND, RTC_MINUTE, RTC_HOUR, RTC_DAY, RTC_MONTH, RTC_YEAR, RTC_FIELDS };

static void read_rtc_fields(unsigned int *f)
{
    static const uint8_t index[RTC_FIELDS] = {0, 2, 4, 7, 8, 9};
    bool binary = read_cmos(11) & 4;

    for (unsigned int i = 0; i < RTC_FIELDS; i++) {
        f[i] = read_cmos(index[i]);
        if (!binary)
            f[i] = (f[i] >> 4) * 10 + (f[i] & 15);
    }
}

/*
 * Seconds since 1970 by the CMOS clock, taken to be in UTC, this century, and of 24 hours. Days are counted as if March
 * began the year, which puts a leap day at its end and makes the months' lengths a straight line.
 */
static uint64_t read_rtc(void)
{
    unsigned int f[RTC_FIELDS], again[RTC_FIELDS], tries = 0;
    uint64_t month, year, days;

    do { /* they may be changing just now */
        read_rtc_fields(f);
        read_rtc_fields(again);
    } while (memcmp(f, again, sizeof(f)) && ++tries < 1000);
    if (f[RTC_MONTH] - 1 >= 12)
        return 0; /* there is none */
    month = (f[RTC_MONTH] + 9) % 12;
    year = 2000 + f[RTC_YEAR] - (month >= 10);
    days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + f[RTC_DAY] - 719469;
    return ((days * 24 + f[RTC_HOUR]) * 60 + f[RTC_MINUTE]) * 60 + f[RTC_SECOND];
}

void clock_init(uint16_t pm_timer)
{
    clock_tsc_khz = measure(pm_timer);
    if (!clock_tsc_khz)
        panic("the ACPI timer, by which the TSC is measured, stands still");
    set_scale(clock_tsc_khz * 1000);
    clock_boot_wallclock_ns = read_rtc() * 1000000000ul - clock_now_ns();
}

void clock_delay_us(unsigned int us)
{
    uint64_t end = rdtsc() + us * clock_tsc_khz / 1000;

    while ((int64_t)(rdtsc() - end) < 0)
        pause();
}
