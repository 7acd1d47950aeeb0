/* SPDX-License-Identifier: MIT
 * The domain's frames: who has them and how many times. */
#ifndef MEMORY_FRAME_H
#define MEMORY_FRAME_H

#include <stdbool.h>
#include <stdint.h>

void frame_setup(uint64_t first_free, uint64_t hole, uint64_t hole_end);
uint64_t frame_alloc(void);      /* one zeroed frame with one reference; 0 when there is none */
void frame_get(uint64_t pfn);    /* one more reference (copy-on-write sharing) */
void frame_put(uint64_t pfn);    /* one less; 0 is ignored */
unsigned frame_references(uint64_t pfn);
uint64_t frame_free_count(void);
uint64_t frame_total_count(void);
bool frame_is_guard(uint64_t va); /* a guard page below a kernel stack */

#endif
