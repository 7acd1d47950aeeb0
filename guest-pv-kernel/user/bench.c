/* SPDX-License-Identifier: MIT
 * bench [PREFIX]: what each operation costs, in ticks of the time-stamp counter. A line each:
 *   bench: operation,form,n,min,median        or
 *   bench: skip,operation,form,n,why
 * The kernel measures its own; trips from user mode into the kernel and back are measured here.
 * tests/bench/ makes tables of it. */
#include "user.h"

#include "bench/user.h"

static const char *prefix = "";

static bool wanted(const char *operation)
{
    return !strncmp(operation, prefix, strlen(prefix));
}

static void kernel_rows(void)
{
    static struct bench_info b;

    for (unsigned i = 0; CALL(bench_name, i, &b, 0) == 1; i++) {
        if (!wanted(b.operation))
            continue;
        CALL(bench, i, &b, 0);
        if (b.samples)
            printf("bench: %s,%s,%lu,%lu,%lu\n", b.operation, b.form, b.n, b.min, b.median);
        else
            printf("bench: skip,%s,%s,%lu,%s\n", b.operation, b.form, b.n, b.why);
    }
}

static void trips(unsigned mode, const char *suffix)
{
    for (unsigned i = 0; i < BENCH_TRIPS; i++) {
        struct bench_result r;

        if (!wanted(bench_trips[i].operation))
            continue;
        CALL(bounce, mode, 0, 0);
        bench_measure(&bench_trips[i], &r);
        CALL(bounce, BENCH_BOUNCE_OFF, 0, 0);
        printf("bench: %s%s,bounce,1,%lu,%lu\n", bench_trips[i].operation, suffix, r.min, r.median);
    }
}

/* How many ticks a second has, for whoever wants nanoseconds. */
static void tick_rate(void)
{
    uint64_t ns = time_ns(), ticks = bench_tsc();

    while (time_ns() - ns < 20000000)
        ;
    ticks = bench_tsc() - ticks;
    ns = time_ns() - ns;
    printf("bench: khz,%lu\n", ticks * 1000000 / ns);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        prefix = argv[1];
    tick_rate();
    kernel_rows();
    trips(BENCH_BOUNCE_ON, "");
    trips(BENCH_BOUNCE_ONE_ROOT, "_one_root");
    printf("bench: end\n");
    return 0;
}
