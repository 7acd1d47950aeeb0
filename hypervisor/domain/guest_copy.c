/* SPDX-License-Identifier: MIT */
/* Copies between us and what a guest points at (guest_copy.h); the faulting part is machine/copy.h. */
#include "domain/guest_copy.h"
#include "machine/copy.h"

bool guest_read(void *dst, uint64_t va, size_t n)
{
    return guest_range_ok(va, n) && copy_from_user_raw(dst, (const void *)va, n) == 0;
}

bool guest_write(uint64_t va, const void *src, size_t n)
{
    return guest_range_ok(va, n) && copy_to_user_raw((void *)va, src, n) == 0;
}
