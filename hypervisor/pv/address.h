/* SPDX-License-Identifier: MIT */
/* Questions about guest addresses that every family asks. */
#ifndef PARAVANE_PV_ADDRESS_H
#define PARAVANE_PV_ADDRESS_H

#include "lib/types.h"
#include "domain/guest_copy.h"

static inline bool address_canonical(uint64_t va)
{
    return (int64_t)(va << 16) >> 16 == (int64_t)va;
}

/* Canonical and not ours. */
static inline bool address_guest(uint64_t va)
{
    return address_canonical(va) && (va < HYPERVISOR_START || va >= HYPERVISOR_END);
}

#endif
