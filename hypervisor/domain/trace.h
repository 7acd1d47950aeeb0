/* SPDX-License-Identifier: MIT */
/*
 * Watching a domain's hypercalls: each is counted and recorded in a ring of its pcpu and, if wanted, told on the
 * console with names for everything (docs/debugging.md). Who is not watched pays nothing.
 */
#pragma once

#include "lib/types.h"
#include <abi/hypercall_table.h>

struct domain;
struct regs;
struct vcpu;

enum trace_mode { TRACE_OFF, TRACE_ON, TRACE_RING }; /* on: a line for each call; ring: only counts and records */

struct trace_counts {
    uint64_t ok[HYPERCALL_COUNT], refused[HYPERCALL_COUNT];
};

/* A call, noted before it is made, because it may change the registers it came in. */
struct trace_call {
    uint64_t nr, arg[6];
    uint64_t rip, start, spent, ticks;
    uint32_t row;      /* enum refusal_id; before the end the last one made before */
    bool in_multicall; /* one of its entries */
    bool continued;    /* it gave way, and is to be made again */
};

/* Around each call of a watched vcpu. */
void trace_begin(struct trace_call *c);
void trace_end(struct trace_call *c, long result);

/* An exception of a watched vcpu, and what it gets. */
void trace_trap(const struct regs *r);
/* A watched vcpu's RUNSTATE_ changes. */
void trace_runstate(const struct vcpu *v, uint32_t old, uint32_t new);

/* Set by entry/: whether vcpu->watched is to be looked at, on every pcpu. */
extern void (*trace_table_hook)(bool on);

bool trace_set(struct domain *d, enum trace_mode mode); /* false: no memory */
void trace_key(enum trace_mode mode);                   /* the next domain, then all, then none */
void trace_show_counts(void);
void trace_dump_rings(void);

/* ---- trace_print.c: what tables made from the spec say of a call ---- */

#define TRACE_WORDS 7u /* that a record can carry */

/* A line. Structures are read as they are now, after the call. */
void trace_print(const struct vcpu *v, const struct trace_call *c, long result);
/* Call and arguments as TRC_PV_HYPERCALL_V2 has them, without addresses of memory; how many words. */
unsigned int trace_pack(const struct trace_call *c, uint32_t *words);
