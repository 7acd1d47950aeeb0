/* SPDX-License-Identifier: MIT */
/*
 * What holds whole trees: pins, the vcpus' root tables, and how a dying domain lets go of all of them.
 */
#include "pv/pt_internal.h"
#include "pv/vcpu_state.h"

/* A pinned frame is on the domain's list, so that teardown finds every pin: pt_release_frame() keeps it so. */
long pt_pin(struct domain *d, mfn_t mfn, enum frame_type level)
{
    long rc = pt_get_table(d, mfn, level, NULL);
    struct frame *f = frame_of(mfn);

    if (rc)
        return rc;
    if (f->type & FRAME_PINNED)
        rc = refuse(mmuext_op_einval_already_pinned, mfn);
    else if (!(f->refs & FRAME_ALLOCATED))
        rc = refuse(mmuext_op_einval_pin_not_owned, mfn, pt_owner_of(mfn));
    if (rc) {
        pt_put_table(d, mfn);
        return rc;
    }
    __atomic_or_fetch(&frame_of(mfn)->type, FRAME_PINNED, __ATOMIC_ACQ_REL);
    return 0;
}

bool pt_release_frame(struct domain *d, mfn_t mfn)
{
    struct frame *f = frame_of(mfn);
    SPIN_GUARD(&d->mm_lock);

    /* What is on d's list stays there while the lock is held. */
    if (unlikely(mfn >= frame_max_mfn || !(read_once(f->refs) & FRAME_ALLOCATED) || f->owner != d ||
                 (f->type & FRAME_PINNED)))
        return false;
    frame_m2p[mfn] = M2P_INVALID;
    return frame_release(f);
}

static void drop_pin(struct domain *d, mfn_t mfn)
{
    __atomic_and_fetch(&frame_of(mfn)->type, ~FRAME_PINNED, __ATOMIC_ACQ_REL);
    pt_put_table(d, mfn);
}

long pt_unpin(struct domain *d, mfn_t mfn)
{
    if (!frame_valid(mfn) || frame_of(mfn)->owner != d)
        return refuse(mmuext_op_einval_pin_not_owned, mfn, pt_owner_of(mfn));
    if (!(frame_of(mfn)->type & FRAME_PINNED))
        return refuse(mmuext_op_einval_not_pinned, mfn, frame_type(frame_of(mfn)));
    drop_pin(d, mfn);
    return 0;
}

long pt_get_root(struct domain *d, mfn_t mfn)
{
    long rc = pt_enter(d);

    if (rc)
        return rc;
    rc = pt_get_table(d, mfn, FRAME_L4, NULL);
    pt_leave(d, rc);
    return rc;
}

void pt_put_root(struct domain *d, mfn_t mfn)
{
    SPIN_GUARD(&d->mm_lock);

    pt_put_table(d, mfn);
}

/* The new root is loaded before the old one is given back: a torn-down root is in no cr3. */
static ALWAYS_INLINE long set_root(struct vcpu *v, mfn_t *slot, mfn_t root)
{
    struct domain *d = v->domain;
    mfn_t old = *slot;
    long rc = pt_enter(d);

    if (rc)
        return rc;
    if ((root || slot == &v->root_kernel) && unlikely(!table_share(d, root, FRAME_L4)))
        rc = pt_get_table(d, root, FRAME_L4, NULL); /* only the user root may be none */
    if (likely(!rc)) {
        *slot = root;
        if (slot == &v->root_kernel)
            mode_load_root(v);
        else if (unlikely(cpu_has(CPU_PCID)))
            this_cpu()->kept[false] = 0; /* as if it were loaded: none of its translations are old */
        if (old && unlikely(!table_unshare(old)))
            pt_put_table(d, old);
    }
    pt_leave(d, rc);
    return rc;
}

long pt_set_base(struct vcpu *v, mfn_t root)
{
    long rc = 0;

    if (root == v->root_kernel)
        mode_load_root(v); /* which flushes: that much the guest may expect */
    else
        rc = set_root(v, &v->root_kernel, root);
    if (!rc && v->ldt_entries)
        descriptors_drop_ldt_frames(v); /* its pages may be others in the new address space */
    return rc;
}

long pt_set_user_base(struct vcpu *v, mfn_t root)
{
    return root == v->root_user ? 0 : set_root(v, &v->root_user, root);
}

static void drop_roots(struct domain *d)
{
    for (unsigned int i = 0; i < d->max_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        mfn_t kernel = v->root_kernel, user = v->root_user;

        v->root_kernel = v->root_user = 0;
        if (kernel)
            pt_put_table(d, kernel);
        if (user)
            pt_put_table(d, user);
    }
}

/* Frames go in list order; tables among them stay until what refers to them is torn down. */
static void release_some(struct domain *d)
{
    for (unsigned int n = 0; n < 64 && d->page_list; n++) {
        mfn_t mfn = d->page_list;

        if (frame_of(mfn)->type & FRAME_PINNED)
            drop_pin(d, mfn);
        frame_release(frame_of(mfn));
        if (d->walk.debts)
            break;
    }
}

bool pt_teardown_step(struct domain *d)
{
    SPIN_GUARD(&d->mm_lock);

    if (pt_walk_step(d))
        return false;
    drop_roots(d);
    pt_drop_result(d);
    release_some(d);
    return !d->page_list && !pt_walk_busy(d);
}
