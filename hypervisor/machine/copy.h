/* SPDX-License-Identifier: MIT */
/*
 * Accesses that may fault, and say so instead. None of them checks addresses: that the range is a guest's is
 * domain/guest_copy's business. Each fault is found in the exception table by extable_fixup().
 */
#pragma once

#include "lib/types.h"
#include "machine/asm.h"

/* Bytes NOT copied: 0 is success. */
size_t copy_from_user_raw(void *dst, const void *src, size_t n);
size_t copy_to_user_raw(void *dst, const void *src, size_t n);

/* Where to continue after a fault of ours at rip; 0: nowhere, it is a bug. */
uint64_t extable_fixup(uint64_t rip);

/* Makes every STAC and CLAC a no-op, for a CPU without them. Boot only, while text is writable. */
void copy_without_smap(void);

/* One access of the type's size, so it is atomic. The value is a scalar of 2, 4 or 8 bytes. */
#define COPY_PUT(name, type, insn)                                                             \
    static inline bool MUST_CHECK copy_put_##name(uint64_t va, type v)                         \
    {                                                                                          \
        asm goto(STAC "1: " insn " %0, %1\n" CLAC EXTABLE(1b, %l[fault])                   \
                 :                                                                             \
                 : "r"(v), "m"(*(volatile type *)va)                                           \
                 : "memory"                                                                    \
                 : fault);                                                                     \
        return true;                                                                           \
    fault:                                                                                     \
        asm volatile(CLAC ::: "memory");                                                       \
        return false;                                                                          \
    }
COPY_PUT(u16, uint16_t, "movw")
COPY_PUT(u32, uint32_t, "movl")
COPY_PUT(u64, uint64_t, "movq")

/*
 * Several words in one go, between user_open() and user_close(): each is one instruction, and a fault jumps to `fault`,
 * which is to close as well.
 */
static ALWAYS_INLINE void user_open(void)
{
    asm volatile(STAC ::: "memory");
}

static ALWAYS_INLINE void user_close(void)
{
    asm volatile(CLAC ::: "memory");
}

#define user_get(out, word, fault)                                                             \
    asm goto("1: mov %1, %0\n" EXTABLE(1b, %l[fault]) : "=r"(out) : "m"(word) : : fault)
#define user_put(word, value, fault)                                                           \
    asm goto("1: movq %0, %1\n" EXTABLE(1b, %l[fault])                                \
             : : "er"((uint64_t)(value)), "m"(word) : "memory" : fault)
/* Half of a word: 0 the lower, 1 the upper. */
#define user_put_half(word, half, value, fault)                                                \
    asm goto("1: movl %0, %1\n" EXTABLE(1b, %l[fault])                                \
             : : "ir"((uint32_t)(value)), "m"(((uint32_t *)&(word))[half]) : "memory" : fault)

static inline bool MUST_CHECK copy_get_u32(uint32_t *out, uint64_t va)
{
    uint32_t v;

    user_open();
    user_get(v, *(const volatile uint32_t *)va, fault);
    user_close();
    *out = v;
    return true;
fault:
    user_close();
    return false;
}

/* Loads a data selector the guest chose. On a fault (its descriptor is bad) loads 0 and says false. */
#define LOAD_SELECTOR_SAFE(name)                                                               \
    static inline bool load_##name##_safe(uint16_t selector)                                   \
    {                                                                                          \
        asm goto("1: mov %k0, %%" #name "\n" EXTABLE(1b, %l[fault])                        \
                 :                                                                             \
                 : "r"((uint32_t)selector)                                                     \
                 : "memory"                                                                    \
                 : fault);                                                                     \
        return true;                                                                           \
    fault:                                                                                     \
        asm volatile("mov %k0, %%" #name ::"r"(0) : "memory");                                 \
        return false;                                                                          \
    }
LOAD_SELECTOR_SAFE(ds)
LOAD_SELECTOR_SAFE(es)
LOAD_SELECTOR_SAFE(fs)
LOAD_SELECTOR_SAFE(gs)
