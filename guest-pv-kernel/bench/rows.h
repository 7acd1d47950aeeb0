/* SPDX-License-Identifier: MIT
 * The rows measured under a hypervisor, by file, and the helpers those files share. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "arch/paravirt.h"
#include "bench/bench.h"

/* Each ended by a row without an operation. */
extern const struct bench call_rows[], table_rows[], trap_rows[], event_rows[], memory_rows[],
    smp_rows[];

#define BENCH_RW    (PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define BENCH_TABLE (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

long bench_extended(unsigned cmd, uint64_t arg); /* one mmuext_op */

/* Handlers of the least length, for vectors 6, 14, 0x80 and the syscall, which answer what carries
 * BENCH_MAGIC in rax and hand on everything else; see bounce.S. */
void bench_handlers(bool ours);

#endif
