/* SPDX-License-Identifier: MIT */
/*
 * mmuext_op: pins, root tables, TLB and cache flushes, the LDT, and pages cleared or copied without a mapping. Each
 * operation takes and leaves mm_lock itself where it needs it.
 */
#include "machine/tlb.h"
#include "pv/pt_internal.h"
#include "pv/vcpu_state.h"

static long pin_or_unpin(struct domain *d, const struct mmuext_op *op)
{
    long rc = pt_enter(d);

    if (rc)
        return rc;
    rc = op->cmd == MMUEXT_UNPIN_TABLE ? pt_unpin(d, op->arg1.mfn)
                                       : pt_pin(d, op->arg1.mfn, FRAME_L1 + (op->cmd - MMUEXT_PIN_L1_TABLE));
    pt_leave(d, rc);
    return rc;
}

static long flush_others(struct vcpu *v, const struct mmuext_op *op)
{
    uint64_t bitmap = (uint64_t)op->arg2.vcpumask.p, pcpus = v->domain->pcpu_mask;
    bool multi = op->cmd == MMUEXT_TLB_FLUSH_MULTI || op->cmd == MMUEXT_INVLPG_MULTI;

    if (multi && !tlb_request_targets(v, bitmap, &pcpus))
        return refuse(mmuext_op_einval_flush_mask, bitmap);
    if (op->cmd == MMUEXT_INVLPG_MULTI || op->cmd == MMUEXT_INVLPG_ALL)
        tlb_flush_page_mask(pcpus, op->arg1.linear_addr);
    else
        tlb_flush_mask(pcpus);
    return 0;
}

static long flush_cache(const struct domain *d, unsigned int cmd)
{
    if (!d->privileged)
        return cmd == MMUEXT_FLUSH_CACHE ? refuse(mmuext_op_eacces_flush_cache)
                                         : refuse(mmuext_op_einval_flush_cache_global);
    wbinvd();
    return 0;
}

/* Clears, or with a source copies to, a frame of d that it may write. */
static long fill_page(struct domain *d, mfn_t mfn, const void *source)
{
    uint64_t owner = pt_owner_of(mfn), type = owner == d->id ? frame_type(frame_of(mfn)) : 0;

    if (!pt_hold_writable(d, mfn))
        return source ? refuse(mmuext_op_einval_copy_page_destination, mfn, owner, type)
                      : refuse(mmuext_op_einval_clear_page_frame, mfn, owner, type);
    if (source)
        memmove(mfn_ptr(mfn), source, PAGE_SIZE);
    else
        memset(mfn_ptr(mfn), 0, PAGE_SIZE);
    pt_drop_writable(mfn);
    return 0;
}

static long copy_page(struct domain *d, mfn_t mfn, mfn_t source)
{
    long rc;

    if (!frame_valid(source) || !frame_get(frame_of(source), d))
        return refuse(mmuext_op_einval_copy_page_source, source, pt_owner_of(source));
    rc = fill_page(d, mfn, mfn_ptr(source));
    frame_put(frame_of(source));
    return rc;
}

static ALWAYS_INLINE long do_one(struct vcpu *v, const struct mmuext_op *op)
{
    switch (op->cmd) {
    case MMUEXT_PIN_L1_TABLE ... MMUEXT_UNPIN_TABLE:
        return pin_or_unpin(v->domain, op);
    case MMUEXT_NEW_BASEPTR:
        return pt_set_base(v, op->arg1.mfn);
    case MMUEXT_NEW_USER_BASEPTR:
        return pt_set_user_base(v, op->arg1.mfn);
    case MMUEXT_TLB_FLUSH_LOCAL:
        tlb_flush_local();
        return 0;
    case MMUEXT_INVLPG_LOCAL:
        tlb_flush_page_local(op->arg1.linear_addr);
        return 0;
    case MMUEXT_TLB_FLUSH_MULTI ... MMUEXT_INVLPG_ALL:
        return flush_others(v, op);
    case MMUEXT_FLUSH_CACHE:
    case MMUEXT_FLUSH_CACHE_GLOBAL:
        return flush_cache(v->domain, op->cmd);
    case MMUEXT_SET_LDT:
        return descriptors_set_ldt(v, op->arg1.linear_addr, op->arg2.nr_ents);
    case MMUEXT_CLEAR_PAGE:
        return fill_page(v->domain, op->arg1.mfn, NULL);
    case MMUEXT_COPY_PAGE:
        return copy_page(v->domain, op->arg1.mfn, op->arg2.src_mfn);
    case MMUEXT_MARK_SUPER ... MMUEXT_UNMARK_SUPER:
        return refuse(mmuext_op_eopnotsupp_superpage, op->cmd);
    default:
        return refuse(mmuext_op_enosys_unknown_op, op->cmd);
    }
}

static __attribute__((noinline)) long do_batch(uint64_t list, uint64_t count, uint64_t pdone, domid_t domid)
{
    uint32_t n = (uint32_t)count & ~MMU_UPDATE_PREEMPTED, done = 0;
    struct mmuext_op op;
    long rc = pt_own_domain(domid);

    if (rc)
        return rc;
    while (!rc && done < n) {
        if (n > 1)
            refuse_index(done);
        if (done && preempt_check())
            rc = -XEN_ERESTART;
        else if (guest_read_at(&op, list, done))
            rc = do_one(current, &op);
        else
            rc = refuse(guest_copy_efault_read, list + done * sizeof(op), sizeof(op));
        done += !rc;
    }
    return pt_batch_end(__HYPERVISOR_mmuext_op, list, count, pdone, domid, done, rc);
}

/* One operation on the caller's own behalf, as nearly always, goes straight to it. */
long hc_mmuext_op(uint64_t list, uint64_t count, uint64_t pdone, uint64_t domid)
{
    struct mmuext_op op;
    long rc;

    if (unlikely(count != 1 || pdone || domid != DOMID_SELF) || unlikely(!guest_read_at(&op, list, 0)))
        return do_batch(list, count, pdone, (domid_t)domid);
    rc = do_one(current, &op);
    return likely(rc != -XEN_ERESTART) ? rc : hypercall_continue(__HYPERVISOR_mmuext_op, 4, list, 1, 0, DOMID_SELF);
}
