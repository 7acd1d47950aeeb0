/* SPDX-License-Identifier: MIT
 * Sampling: minimum and median of a row, less what measuring nothing costs. Knows nothing of the
 * machine, so the native image uses it too. */
#include "bench/bench.h"

static uint64_t samples[BENCH_SAMPLES];

void bench_sort(uint64_t *v, unsigned n)
{
    for (unsigned i = 1; i < n; i++)
        for (unsigned j = i; j && v[j - 1] > v[j]; j--) {
            uint64_t t = v[j];

            v[j] = v[j - 1];
            v[j - 1] = t;
        }
}

static long nothing(uint64_t n)
{
    (void)n;
    return 0;
}

static uint64_t __attribute__((noinline)) sample(long (*run)(uint64_t), uint64_t n)
{
    uint64_t t = bench_tsc();

    run(n);
    return bench_tsc() - t;
}

static uint64_t overhead(void)
{
    uint64_t least = ~0UL;

    for (unsigned i = 0; i < BENCH_SAMPLES; i++) {
        uint64_t t = sample(nothing, 0);

        if (t < least)
            least = t;
    }
    return least;
}

/* Two runs first: one to warm up, one between marks. */
void bench_measure(const struct bench *b, struct bench_result *r)
{
    uint64_t empty = overhead(), spent = 0;
    unsigned count = 0;

    b->run(b->n);
    if (b->undo)
        b->undo(b->n);
    bench_mark_begin();
    b->run(b->n);
    bench_mark_end();
    if (b->undo)
        b->undo(b->n);
    while (count < BENCH_SAMPLES && (count < BENCH_SAMPLES_LEAST || spent < BENCH_TICKS)) {
        uint64_t t = sample(b->run, b->n);

        if (b->undo)
            b->undo(b->n);
        spent += t;
        samples[count++] = t > empty ? t - empty : 0;
    }
    bench_sort(samples, count);
    r->samples = count;
    r->min = samples[0];
    r->median = samples[count / 2];
}
