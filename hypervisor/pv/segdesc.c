/* SPDX-License-Identifier: MIT */
/*
 * Descriptor pages: a type like the page tables', in that its contents are checked when it is taken for the first
 * time, and cannot be written by the guest from then on.
 */
#include "pv/pt_internal.h"
#include "pv/vcpu_state.h"

#define DESCRIPTORS 512u

long segdesc_validate(mfn_t mfn)
{
    uint64_t *desc = mfn_ptr(mfn);

    for (unsigned int i = 0; i < DESCRIPTORS; i++)
        if (!descriptor_fix(&desc[i]))
            return refuse(descriptor_einval_bad_descriptor, desc[i], i);
    return 0;
}

long segdesc_get(struct domain *d, mfn_t mfn)
{
    SPIN_GUARD(&d->mm_lock);

    return likely(table_share(d, mfn, FRAME_SEGDESC)) ? 0 : table_take(d, mfn, FRAME_SEGDESC, NULL);
}

void segdesc_put(struct domain *d, mfn_t mfn)
{
    SPIN_GUARD(&d->mm_lock);

    if (unlikely(!table_unshare(mfn)))
        table_put(mfn);
}
