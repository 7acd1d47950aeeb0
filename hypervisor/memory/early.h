/* SPDX-License-Identifier: MIT */
/*
 * Free physical memory while there is no frame table yet: a short list of ranges, cut from the top.
 * Single pcpu, boot only.
 */
#pragma once

#include "lib/types.h"

void early_add(uint64_t start, uint64_t end); /* whole pages, not page 0 */

/* Aligned bytes below limit; 0: there are none. Not zeroed. */
uint64_t early_take(uint64_t bytes, uint64_t align, uint64_t limit);

/* What is left is the page allocator's. */
void early_end(void);
