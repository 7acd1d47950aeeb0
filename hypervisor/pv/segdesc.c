/* SPDX-License-Identifier: MIT */
/*
 * Descriptor pages: a type like the page tables', in that its contents are checked when it is taken for the first
 * time, and cannot be written by the guest from then on.
 */
#include "pv/pt_internal.h"
#include "pv/vcpu_state.h"

#define DESCRIPTORS 512u

static long check_all(mfn_t mfn)
{
    uint64_t *desc = mfn_ptr(mfn);

    for (unsigned int i = 0; i < DESCRIPTORS; i++)
        if (!descriptor_fix(&desc[i]))
            return refuse(descriptor_einval_bad_descriptor, desc[i], i);
    return 0;
}

static __attribute__((noinline)) long take_new(struct domain *d, mfn_t mfn)
{
    struct frame *f = frame_of(mfn);
    long rc = 0;

    if (!frame_valid(mfn) || !frame_get(f, d))
        return refuse(descriptor_einval_frame_not_owned, mfn, pt_owner_of(mfn));
    if (!frame_get_type(f, FRAME_SEGDESC)) {
        rc = refuse(descriptor_einval_frame_writable, mfn, frame_type(f), frame_type_count(f));
    } else if (!(f->type & FRAME_VALIDATED)) {
        rc = check_all(mfn);
        if (rc)
            frame_put_type(f);
        else
            table_set_validated(mfn);
    }
    if (rc)
        frame_put(f);
    return rc;
}

long segdesc_get(struct domain *d, mfn_t mfn)
{
    SPIN_GUARD(&d->mm_lock);

    return likely(table_share(d, mfn, FRAME_SEGDESC)) ? 0 : take_new(d, mfn);
}

void segdesc_put(struct domain *d, mfn_t mfn)
{
    SPIN_GUARD(&d->mm_lock);

    if (unlikely(!table_unshare(mfn))) {
        frame_put_type(frame_of(mfn));
        frame_put(frame_of(mfn));
    }
}
