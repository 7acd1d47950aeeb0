/* SPDX-License-Identifier: MIT
 * The user half of an address space: one l3, one l2, l1 tables as needed, two roots over them. */
#ifndef MEMORY_SPACE_H
#define MEMORY_SPACE_H

#include "arch/seam.h"

struct space {
    struct root root;
    uint64_t l3, l2;
    uint64_t heap, brk; /* the heap is filled with zeroes when touched, and so is the stack */
    uint64_t pages;     /* mapped */
};

bool space_create(struct space *s);
void space_destroy(struct space *s);
bool space_fork(struct space *parent, struct space *child);
bool space_map(struct space *s, uint64_t va, uint64_t pfn, uint64_t flags);
bool space_fault(struct space *s, uint64_t va, bool write);
pte_t space_lookup(const struct space *s, uint64_t va);

#endif
