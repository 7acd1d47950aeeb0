/* SPDX-License-Identifier: MIT */
/*
 * The machine-to-physical table: for every mfn the pfn its owner knows it by. Guests read it at its ABI address
 * (0xffff800000000000) and can never write it.
 */
#pragma once

#include "memory/frame.h"

#define M2P_INVALID  (~0ul)          /* INVALID_M2P_ENTRY */

/* Boot: where the table lies in the direct map, contiguous, frame_max_mfn entries rounded up to 2 MiB. */
void m2p_init(uint64_t *backing);
const uint64_t *m2p_backing(void);
pfn_t m2p_get(mfn_t mfn);
void m2p_set(mfn_t mfn, pfn_t pfn); /* through the direct map: the guest view is read-only even for us */
