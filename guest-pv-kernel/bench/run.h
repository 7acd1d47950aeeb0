/* SPDX-License-Identifier: MIT
 * The benchmark as the system calls see it; the user program `bench` asks row by row. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stdbool.h>

#include "process/abi.h"

bool bench_run(unsigned index, struct bench_info *info, bool run); /* only named, or run as well */
void bench_bounces(unsigned mode);                                 /* what bounces lead to now */

#endif
