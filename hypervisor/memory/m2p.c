/* SPDX-License-Identifier: MIT */
/* The machine-to-physical table, written through the direct map. memory/m2p.h tells who reads it. */
#include "memory/m2p.h"

static uint64_t *m2p; /* in the direct map */

void m2p_init(uint64_t *backing)
{
    m2p = backing;
    for (mfn_t mfn = 0; mfn < frame_max_mfn; mfn++)
        m2p[mfn] = M2P_INVALID;
}

const uint64_t *m2p_backing(void)
{
    return m2p;
}

pfn_t m2p_get(mfn_t mfn)
{
    return mfn < frame_max_mfn ? m2p[mfn] : M2P_INVALID;
}

void m2p_set(mfn_t mfn, pfn_t pfn)
{
    if (mfn < frame_max_mfn)
        m2p[mfn] = pfn;
}
