/* SPDX-License-Identifier: MIT */
/*
 * See clock.h. Calibration brackets each reading of the slow clock by two of the TSC and keeps the
 * tightest of many brackets at either end of the interval, so that being interrupted (by firmware,
 * or by the host of an emulator) costs a sample and not accuracy. An interruption of a whole round of
 * the slow clock goes unseen in one measurement, so two must agree.
 */
#include "machine/clock.h"
#include "lib/string.h"
#include "machine/panic.h"

#define PIT_HZ      1193182ul
#define PM_TIMER_HZ 3579545ul
#define INTERVAL_MS 20
#define SAMPLES     50

struct clock_scale clock_tsc_scale;
uint64_t clock_tsc_khz, clock_boot_wallclock_ns;
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

    for (unsigned int i = 0; i < 10; i++) {
        if (max(khz, before) - min(khz, before) <= khz / 128)
            break;
        before = khz;
        khz = measure(read, hz);
    }
    return khz;
}

static void start_pit(void)
{
    outb(0x61, (inb(0x61) & ~2) | 1); /* gate of channel 2 on, speaker off */
    outb(0x43, 0xb4);                 /* channel 2, both bytes, round and round */
    outb(0x42, 0xff);
    outb(0x42, 0xff);
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
    pm_port = pm_timer;
    clock_source = "ACPI timer";
    clock_tsc_khz = pm_timer ? measure_twice(read_pm_timer, PM_TIMER_HZ / 4) : 0;
    if (!clock_tsc_khz) {
        clock_source = "PIT";
        start_pit();
        clock_tsc_khz = measure_twice(read_pit, PIT_HZ);
    }
    if (!clock_tsc_khz)
        panic("no clock to measure the TSC by: the ACPI timer and the PIT stand still");
    set_scale(clock_tsc_khz * 1000);
    clock_boot_wallclock_ns = read_rtc() * 1000000000ul - clock_now_ns();
}

void clock_sample(uint64_t *tsc, uint64_t *ns)
{
    *tsc = rdtsc();
    *ns = clock_tsc_to_ns(*tsc);
}

void clock_delay_us(unsigned int us)
{
    uint64_t end = rdtsc() + us * clock_tsc_khz / 1000;

    while ((int64_t)(rdtsc() - end) < 0)
        pause();
}
