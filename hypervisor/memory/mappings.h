/* SPDX-License-Identifier: MIT */
/*
 * Our own half of every address space (machine/layout.h draws it), made once at boot from early
 * memory. The idle root's slots 256..271 are copied into each guest root and never change
 * afterwards: only page-table entries below them do, for the fixmap (boot) and for the descriptor
 * areas (segments.c).
 *
 *   what                 rights            pages
 *   text                 read, execute     4 KiB
 *   rodata               read              4 KiB
 *   data, bss            read, write       4 KiB
 *   RAM (direct map)     read, write       as large as fit; our text and rodata read-only there too
 *   M2P                  read, by guests   2 MiB
 *   frame table          read, write       2 MiB; stretches without RAM share a table of one zero page, read-only
 *   stacks, struct pcpu  read, write       4 KiB, unmapped pages between
 */
#pragma once

#include "lib/types.h"

struct mappings_range {
    uint64_t start, end; /* physical, whole pages */
};

/*
 * Builds the tables for this RAM (sorted, disjoint) and loads them; then frame table and M2P are
 * there, cleared. If there is not enough memory, it says so and is the end of the boot.
 */
void mappings_init(const struct mappings_range *ram, unsigned int n);

extern uint64_t mappings_root_phys; /* the idle root: cr3 while no guest is loaded */

/* Stacks, struct pcpu and descriptor area of a pcpu (0: the ones we boot on). */
void mappings_add_pcpu(unsigned int cpu);

/* A page of device registers, uncached, at FIX_slot. */
volatile void *mappings_device(unsigned int slot, uint64_t phys);

/* Boot is over: head.S's writable and executable tables are wiped. */
void mappings_forget_boot_tables(void);
