/* SPDX-License-Identifier: MIT */
/* memory_op: what its files share, and the machine's memory map as boot leaves it for domain 0. */
#pragma once

#include "pv/pagetable.h"
#include <xen/memory.h>

#define MEMORY_E820_RAM 1u

/* As firmware's map calls (and this ABI) lay it out. */
struct memory_e820 {
    uint64_t start, size;
    uint32_t type;
} PACKED;

extern const struct memory_e820 *memory_op_machine_map;
extern uint32_t memory_op_machine_entries;

/* Extents are at most this big: a preemption check comes after each. */
static inline unsigned int memory_max_order(const struct domain *caller)
{
    return caller->privileged ? 12 : 9;
}

/* Frames below this, by the address width in mem_flags (0: no limit). */
mfn_t memory_limit(uint32_t mem_flags);

/* An extent for d; NULL: there is none, or d is dying. */
struct frame *memory_take(struct domain *d, unsigned int order, mfn_t limit, bool replace, pfn_t pfn);

/* An extent of d goes back. False: some of its frames could not, or were not there (any more). */
bool memory_release(struct domain *d, mfn_t first, unsigned int order);

/* memory_exchange.c; the sub-operations of memory_map.c */
long memory_exchange(uint64_t cmd, uint64_t arg);
long memory_map(struct vcpu *v, struct xen_memory_map *m);
long memory_machine_map(struct vcpu *v, uint64_t arg);
long memory_machphys_mapping(struct vcpu *v, struct xen_machphys_mapping *m);
long memory_machphys_list(struct vcpu *v, struct xen_machphys_mfn_list *x);
