/* SPDX-License-Identifier: MIT */
/*
 * The only way to read or write what a guest points at. The address is checked against the hypervisor's range, the
 * access runs under a fault handler, and the caller gets a bool: false means the guest's pointer was bad (EFAULT)
 * and, for reads, that dst is not to be used. Each structure is copied once and then only the copy is looked at.
 */
#pragma once

#include "lib/types.h"

#define HYPERVISOR_START 0xffff800000000000ul
#define HYPERVISOR_END   0xffff880000000000ul /* exclusive */

/* What is canonical and not ours: from HYPERVISOR_END over the top on to the end of the lower half, in one stretch. */
#define GUEST_SPAN (0x0000800000000000ul - HYPERVISOR_END)

/* [va, va+n) is all a guest's. n is less than GUEST_SPAN. */
static inline bool guest_range_ok(uint64_t va, size_t n)
{
    return va - HYPERVISOR_END <= GUEST_SPAN - n;
}

/*
 * The same, cheaper, for what will be accessed word by word from va on, less than 128 TiB: whatever begins outside
 * of our range runs into the hole between the halves, where it faults, or past the end of addresses, where the lower
 * half begins. Slots of 8 TiB: 0..15 are the lower half, -15..-1 what is above our range.
 */
static inline bool guest_start_ok(uint64_t va)
{
    return (uint64_t)((int64_t)va >> 43) + 15 <= 30;
}

#ifdef PARAVANE_FAKE_MACHINE
bool guest_read(void *dst, uint64_t va, size_t n);
bool guest_write(uint64_t va, const void *src, size_t n);
#else
#include "machine/copy.h"

/* Up to five words, each in one access; the compiler knows how many. */
#define FOR_WORDS(n, copy)   \
    do {                     \
        user_open();         \
        if ((n) > 0)         \
            copy(0);         \
        if ((n) > 1)         \
            copy(1);         \
        if ((n) > 2)         \
            copy(2);         \
        if ((n) > 3)         \
            copy(3);         \
        if ((n) > 4)         \
            copy(4);         \
        user_close();        \
        return true;         \
    fault:                   \
        user_close();        \
        return false;        \
    } while (0)

static ALWAYS_INLINE bool MUST_CHECK guest_read_words(uint64_t *dst, uint64_t va, size_t n)
{
    const uint64_t *src = (const uint64_t *)va;
    uint64_t word;

#define GET_WORD(i) ({ user_get(word, src[i], fault); dst[i] = word; })
    FOR_WORDS(n, GET_WORD);
#undef GET_WORD
}

static ALWAYS_INLINE bool MUST_CHECK guest_write_words(uint64_t va, const uint64_t *src, size_t n)
{
    uint64_t *dst = (uint64_t *)va;

#define PUT_WORD(i) user_put(dst[i], src[i], fault)
    FOR_WORDS(n, PUT_WORD);
#undef PUT_WORD
}
#undef FOR_WORDS

/* Most copies are of a size the compiler knows; one word is one access. */
static ALWAYS_INLINE bool MUST_CHECK guest_read(void *dst, uint64_t va, size_t n)
{
    if (unlikely(__builtin_constant_p(n) ? !guest_start_ok(va) : !guest_range_ok(va, n)))
        return false;
    if (__builtin_constant_p(n) && n == sizeof(uint32_t))
        return copy_get_u32(dst, va);
    if (__builtin_constant_p(n) && n % sizeof(uint64_t) == 0 && n <= 5 * sizeof(uint64_t))
        return guest_read_words(dst, va, n / sizeof(uint64_t));
    return likely(copy_from_user_raw(dst, (const void *)va, n) == 0);
}

static ALWAYS_INLINE bool guest_write(uint64_t va, const void *src, size_t n)
{
    if (unlikely(__builtin_constant_p(n) ? !guest_start_ok(va) : !guest_range_ok(va, n)))
        return false;
    if (__builtin_constant_p(n) && n == sizeof(uint16_t))
        return copy_put_u16(va, *(const uint16_t *)src);
    if (__builtin_constant_p(n) && n == sizeof(uint32_t))
        return copy_put_u32(va, *(const uint32_t *)src);
    if (__builtin_constant_p(n) && n % sizeof(uint64_t) == 0 && n <= 5 * sizeof(uint64_t))
        return guest_write_words(va, src, n / sizeof(uint64_t));
    return likely(copy_to_user_raw((void *)va, src, n) == 0);
}
#endif

/* Copies one structure or array element by element size: guest_read_at(&req, ureqs, i). */
#define guest_read_at(dst, va, i)  guest_read((dst), (va) + (uint64_t)(i) * sizeof(*(dst)), sizeof(*(dst)))
#define guest_write_at(va, i, src) guest_write((va) + (uint64_t)(i) * sizeof(*(src)), (src), sizeof(*(src)))
