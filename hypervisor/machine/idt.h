/* SPDX-License-Identifier: MIT */
/* The interrupt descriptor table, one for all pcpus. */
#pragma once

#include "lib/types.h"

extern struct idt_gate {
    uint64_t low, high;
} idt[256]; /* a page */

#define IDT_STUB_SIZE 16 /* stubs: 256 entry points of this size, in order of vector */

/* Fills the table: interrupt gates, DPL 3 for #BP, #OF and int 0x80, own stacks for NMI, #DF, #MC and #DB. */
void idt_init(const char *stubs);
void idt_load(void);

/*
 * Takes an interrupt (vector >= 32) and acknowledges it. They arrive while a guest runs, while
 * idle, or in the window of preempt_check(); what is done here sets flags and moves bytes between
 * rings, nothing more.
 */
void idt_interrupt(unsigned int vector);
