/* SPDX-License-Identifier: MIT
 * The user's side of a bounce, for ring 3 under a hypervisor and on bare metal: one trip into the
 * kernel and back, timed by the user. The kernel's handlers know such a trip by rax. */
#ifndef BENCH_USER_H
#define BENCH_USER_H

#define BENCH_MAGIC   0x50561003
#define BENCH_NOWHERE 0x3000000000 /* a user address where nothing is mapped */

#ifndef __ASSEMBLER__
#include "bench/bench.h"

/* For a syscall, how (n) tells the kernel how to return: 0 by iret, 0x100 by sysret. */
#define BENCH_TRIP(name, text)                                                                     \
    static long bench_trip_##name(uint64_t how)                                                    \
    {                                                                                              \
        __asm__ volatile(text ::"a"(BENCH_MAGIC), "D"(how), "d"(BENCH_NOWHERE)                     \
                         : "rcx", "r11", "memory");                                                \
        return 0;                                                                                  \
    }

BENCH_TRIP(syscall, "syscall")
BENCH_TRIP(int80, "int $0x80")
BENCH_TRIP(page_fault, "mov %%al, (%%rdx)") /* 2 bytes, skipped by the handler */
BENCH_TRIP(ud2, "ud2")                      /* 2 bytes */

static const struct bench bench_trips[] = {
    {"user_syscall", "bounce", 0, bench_trip_syscall},
    {"user_syscall_sysret", "bounce", 0x100, bench_trip_syscall},
    {"user_int80", "bounce", 0, bench_trip_int80},
    {"user_page_fault", "bounce", 0, bench_trip_page_fault},
    {"user_ud2", "bounce", 0, bench_trip_ud2},
};
#define BENCH_TRIPS (sizeof(bench_trips) / sizeof(bench_trips[0]))
#endif
#endif
