/* SPDX-License-Identifier: MIT */
/*
 * Bits in words and bitmaps (arrays of uint64_t). The bit_atomic_* functions are single locked
 * instructions and full barriers, fit for memory shared with guests and other pcpus.
 */
#pragma once

#include "lib/types.h"

/* Lowest and highest set bit; the word must not be 0. */
static inline unsigned int bit_lowest(uint64_t word)
{
    return (unsigned int)__builtin_ctzl(word);
}

static inline unsigned int bit_highest(uint64_t word)
{
    return 63 - (unsigned int)__builtin_clzl(word);
}

static inline bool bit_test(const volatile uint64_t *map, unsigned long nr)
{
    return (map[nr / 64] >> (nr % 64)) & 1;
}

/* These two say what the bit was before. */
static inline bool bit_atomic_set(volatile uint64_t *map, unsigned long nr)
{
    uint64_t bit = 1UL << (nr % 64);

    return (__atomic_fetch_or(&map[nr / 64], bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

static inline bool bit_atomic_clear(volatile uint64_t *map, unsigned long nr)
{
    uint64_t bit = 1UL << (nr % 64);

    return (__atomic_fetch_and(&map[nr / 64], ~bit, __ATOMIC_SEQ_CST) & bit) != 0;
}
