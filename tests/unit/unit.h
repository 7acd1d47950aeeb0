/* SPDX-License-Identifier: MIT */
/*
 * What every unit test includes first: cmocka with what it needs, and a random number generator
 * whose seed is fixed, so that a failure repeats itself.
 */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static inline uint64_t unit_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* 0 .. n-1 */
static inline uint64_t unit_below(uint64_t *state, uint64_t n)
{
    return unit_random(state) % n;
}

/*
 * Damages 1 to 8 bytes: flips, edge values, and small numbers, which is where parsers break.
 */
static inline void unit_damage(uint64_t *state, uint8_t *data, size_t size)
{
    static const uint8_t edges[] = { 0, 1, 4, 7, 8, 0x7f, 0x80, 0xff };

    for (uint64_t n = 1 + unit_below(state, 8); n; n--) {
        uint8_t *p = &data[unit_below(state, size)];

        switch (unit_below(state, 3)) {
        case 0:
            *p ^= (uint8_t)(1u << unit_below(state, 8));
            break;
        case 1:
            *p = edges[unit_below(state, sizeof(edges))];
            break;
        default:
            *p = (uint8_t)unit_random(state);
        }
    }
}

#define assert_contains(text, part)                                            \
    do {                                                                       \
        if (!strstr(text, part))                                               \
            fail_msg("\"%s\" does not contain \"%s\"", text, part);            \
    } while (0)

#endif
