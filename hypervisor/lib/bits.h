/* SPDX-License-Identifier: MIT */
/*
 * Bits in words and bitmaps (arrays of uint64_t). Plain functions are for memory under a lock;
 * the bit_atomic_* ones are single locked instructions and full barriers, fit for memory shared
 * with guests and other pcpus.
 */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include "lib/types.h"

#define BITMAP_WORDS(bits)  (((bits) + 63) / 64)

/* Lowest and highest set bit; the word must not be 0. */
static inline unsigned int bit_lowest(uint64_t word)
{
    return (unsigned int)__builtin_ctzl(word);
}

static inline unsigned int bit_highest(uint64_t word)
{
    return 63 - (unsigned int)__builtin_clzl(word);
}

static inline unsigned int bit_count(uint64_t word)
{
    /* No popcnt without SSE4.2 flags and no libgcc: the classic fold. */
    word -= (word >> 1) & 0x5555555555555555;
    word = (word & 0x3333333333333333) + ((word >> 2) & 0x3333333333333333);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (unsigned int)((word * 0x0101010101010101) >> 56);
}

static inline bool bit_test(const volatile uint64_t *map, unsigned long nr)
{
    return (map[nr / 64] >> (nr % 64)) & 1;
}

static inline void bit_set(uint64_t *map, unsigned long nr)
{
    map[nr / 64] |= 1UL << (nr % 64);
}

static inline void bit_clear(uint64_t *map, unsigned long nr)
{
    map[nr / 64] &= ~(1UL << (nr % 64));
}

static inline bool bit_test_and_set(uint64_t *map, unsigned long nr)
{
    bool old = bit_test(map, nr);

    bit_set(map, nr);
    return old;
}

static inline bool bit_test_and_clear(uint64_t *map, unsigned long nr)
{
    bool old = bit_test(map, nr);

    bit_clear(map, nr);
    return old;
}

static inline void bit_atomic_set(volatile uint64_t *map, unsigned long nr)
{
    __atomic_fetch_or(&map[nr / 64], 1UL << (nr % 64), __ATOMIC_SEQ_CST);
}

static inline void bit_atomic_clear(volatile uint64_t *map, unsigned long nr)
{
    __atomic_fetch_and(&map[nr / 64], ~(1UL << (nr % 64)), __ATOMIC_SEQ_CST);
}

static inline bool bit_atomic_test_and_set(volatile uint64_t *map, unsigned long nr)
{
    uint64_t bit = 1UL << (nr % 64);

    return (__atomic_fetch_or(&map[nr / 64], bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

static inline bool bit_atomic_test_and_clear(volatile uint64_t *map, unsigned long nr)
{
    uint64_t bit = 1UL << (nr % 64);

    return (__atomic_fetch_and(&map[nr / 64], ~bit, __ATOMIC_SEQ_CST) & bit) != 0;
}

/* First set (or clear) bit at or after `from`; `size` when there is none. */
static inline unsigned long bit_find(const uint64_t *map, unsigned long size, unsigned long from,
                                     bool set)
{
    for (unsigned long nr = from; nr < size; nr = align_down(nr, 64) + 64) {
        uint64_t word = (set ? map[nr / 64] : ~map[nr / 64]) & (~0UL << (nr % 64));

        if (word) {
            nr = align_down(nr, 64) + bit_lowest(word);
            return nr < size ? nr : size;
        }
    }
    return size;
}

static inline unsigned long bit_next_set(const uint64_t *map, unsigned long size,
                                         unsigned long from)
{
    return bit_find(map, size, from, true);
}

static inline unsigned long bit_next_clear(const uint64_t *map, unsigned long size,
                                           unsigned long from)
{
    return bit_find(map, size, from, false);
}

#define bit_for_each(nr, map, size)                          \
    for ((nr) = bit_next_set(map, size, 0); (nr) < (size);   \
         (nr) = bit_next_set(map, size, (nr) + 1))

#endif
