/* SPDX-License-Identifier: MIT
 * What the benchmark's files share, here and in bench/native/. A row is one operation, done in one
 * way, on n things; it is sampled many times by the time-stamp counter. Invariant: everything a
 * sample needs is prepared by begin and put back by undo, so that each sample does the same work
 * and run contains nothing but the operation. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* Rows name only what they have; the rest is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define BENCH_SAMPLES       101
#define BENCH_SAMPLES_LEAST 11
#define BENCH_TICKS         60000000UL /* enough of one row, once there are BENCH_SAMPLES_LEAST */

struct bench {
    const char *operation;
    const char *form;          /* hypercall, trap, event, bounce or native */
    uint16_t n;                /* how many of them one sample does; 0: vcpus */
    long (*run)(uint64_t n);   /* NULL: there is no such way, and `why` not */
    bool (*begin)(uint64_t n); /* false: cannot be measured here */
    void (*undo)(uint64_t n);  /* after each run, not timed */
    void (*end)(uint64_t n);
    long wants; /* the only answer that is right; 0: any that is not negative */
    const char *why;
};

struct bench_result {
    uint64_t samples, min, median;
};

static inline uint64_t bench_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

/* Long no-operations that say, to whoever counts instructions from outside, where a run begins and
 * ends. */
static inline void bench_mark_begin(void)
{
    __asm__ volatile(".byte 0x0f, 0x1f, 0x80, 0x01, 0x10, 0x56, 0x50" ::: "memory");
}

static inline void bench_mark_end(void)
{
    __asm__ volatile(".byte 0x0f, 0x1f, 0x80, 0x02, 0x10, 0x56, 0x50" ::: "memory");
}

void bench_measure(const struct bench *b, struct bench_result *r);
void bench_sort(uint64_t *v, unsigned n);

#endif
