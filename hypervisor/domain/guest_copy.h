/* SPDX-License-Identifier: MIT */
/*
 * The only way to read or write what a guest points at. The address is checked against the hypervisor's range, the
 * access runs under a fault handler, and the caller gets a bool: false means the guest's pointer was bad (EFAULT)
 * and, for reads, that dst is not to be used. Each structure is copied once and then only the copy is looked at.
 */
#ifndef PARAVANE_DOMAIN_GUEST_COPY_H
#define PARAVANE_DOMAIN_GUEST_COPY_H

#include "lib/types.h"

#define HYPERVISOR_START 0xffff800000000000ul
#define HYPERVISOR_END   0xffff880000000000ul /* exclusive */

/* [va, va+n) is canonical, does not wrap and touches nothing of ours. n may be 0. */
static inline bool guest_range_ok(uint64_t va, size_t n)
{
    uint64_t last = va + (n ? n - 1 : 0);
    bool low = last < 0x0000800000000000ul;
    bool high = va >= HYPERVISOR_END;
    return last >= va && (low || high);
}

bool guest_read(void *dst, uint64_t va, size_t n);
bool guest_write(uint64_t va, const void *src, size_t n);

/* Copies one structure or array element by element size: guest_read_at(&req, ureqs, i). */
#define guest_read_at(dst, va, i)  guest_read((dst), (va) + (uint64_t)(i) * sizeof(*(dst)), sizeof(*(dst)))
#define guest_write_at(va, i, src) guest_write((va) + (uint64_t)(i) * sizeof(*(src)), (src), sizeof(*(src)))

#endif
