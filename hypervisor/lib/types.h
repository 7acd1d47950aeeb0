/* SPDX-License-Identifier: MIT */
/*
 * The words every file may use: fixed-width integers, attributes and the few macros C lacks.
 * Freestanding: nothing here needs a libc, and nothing here clashes with one when tests are
 * built on the host.
 */
#pragma once

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define static_assert _Static_assert

#define NORETURN        __attribute__((noreturn))
#define PACKED          __attribute__((packed))
#define ALIGNED(n)      __attribute__((aligned(n)))
#define HOT             __attribute__((section(".text.hot"))) /* next to entry.S's own: see hypervisor.lds */
#define UNUSED          __attribute__((unused))
#define ALWAYS_INLINE   inline __attribute__((always_inline))
#define MUST_CHECK      __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#define likely(x)       __builtin_expect(!!(x), 1)
#define unlikely(x)     __builtin_expect(!!(x), 0)

#define KIB(n)          ((uint64_t)(n) << 10)
#define MIB(n)          ((uint64_t)(n) << 20)
#define GIB(n)          ((uint64_t)(n) << 30)

#ifndef PAGE_SHIFT
#define PAGE_SHIFT      12
#define PAGE_SIZE       (1UL << PAGE_SHIFT)
#endif

#define ARRAY_SIZE(a)   (sizeof(a) / sizeof((a)[0])) /* the compiler warns of pointers */

#define container_of(ptr, type, member) \
    ((type *)((char *)(ptr) - offsetof(type, member)))

#define min(a, b) ({ __typeof__(a) min_a_ = (a); __typeof__(b) min_b_ = (b); \
                     min_a_ < min_b_ ? min_a_ : min_b_; })
#define max(a, b) ({ __typeof__(a) max_a_ = (a); __typeof__(b) max_b_ = (b); \
                     max_a_ > max_b_ ? max_a_ : max_b_; })

/* Alignments are powers of two; align_up() wraps to 0 past the top, as addition does. */
#define align_down(x, a)  ((x) & ~((__typeof__(x))(a) - 1))
#define align_up(x, a)    align_down((x) + ((__typeof__(x))(a) - 1), a)
#define is_aligned(x, a)  (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define div_round_up(x, d) (((x) + (d) - 1) / (d))

/* One load or store, never split, repeated or cached: for memory that others may change. */
#define read_once(x)      (*(const volatile __typeof__(x) *)&(x))
#define write_once(x, v)  (*(volatile __typeof__(x) *)&(x) = (v))
