/* SPDX-License-Identifier: MIT */
/*
 * Segmentation, per pcpu. The GDT register always points to the pcpu's area: 14 pages for the
 * frames of the current vcpu's GDT, then a page of ours with the selectors the ABI reserves and the
 * TSS. So a guest's GDT change is a change of page mappings, local to this pcpu, and our own
 * descriptors are never in a guest's hands.
 */
#pragma once

#include "lib/types.h"
#include "machine/layout.h"

#define GDT_GUEST_FRAMES 14

/* IST slots. */
#define IST_NMI          1
#define IST_DOUBLE_FAULT 2
#define IST_MACHINE      3
#define IST_DEBUG        4 /* a breakpoint on MOV SS's operand fires behind the SYSCALL that follows, on its stack */

static inline uint64_t gdt_area(unsigned int cpu)
{
    return DESC_AREA + cpu * DESC_AREA_SIZE;
}

static inline uint64_t ldt_area(unsigned int cpu)
{
    return gdt_area(cpu) + 16 * 4096;
}

/* Page-table entries of each pcpu's area; mappings.c sets it before segments_init(). */
extern uint64_t *segments_ptes[];

/* GDT, TSS with stacks, and the segment registers of the pcpu that runs this. Its area is mapped.
 */
void segments_init(unsigned int cpu);

/* The current vcpu's GDT on this pcpu: n frames, the rest reads as zeros. Cheap when nothing
 * changes. */
void gdt_map_guest_frames(const uint64_t *mfns, unsigned int n);

/* LDT: frames can be mapped into ldt_area(), and that is what is loaded. entries 0: no LDT. */
void ldt_map_frame(unsigned int slot, uint64_t mfn);
void ldt_unmap_frames(void);
void ldt_load(unsigned int entries);
