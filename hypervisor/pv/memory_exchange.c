/* SPDX-License-Identifier: MIT */
/*
 * memory_op's exchange: frames of one shape for as many of another. Done in chunks of the bigger of the two orders.
 * For each the new frames are got first, so a chunk is exchanged or left alone. Progress is nr_exchanged in the
 * guest's own structure, which is also how the call is continued.
 */
#include "pv/memory_op.h"

struct exchange {
    struct domain *d;
    uint64_t in_list, out_list;
    unsigned int in_order, out_order;
    uint64_t in_n, out_n;      /* extents per chunk */
    mfn_t limit;
    uint64_t *in_mfn, *out_mfn; /* of one chunk */
    uint64_t *out_pfn;
};

/* Each frame: the domain's own, and nothing but the domain's list refers to it. */
static long check_in(mfn_t first, const struct exchange *x)
{
    for (mfn_t i = 0; i < 1ul << x->in_order; i++) { /* first is the guest's: first + i may wrap */
        mfn_t mfn = first + i;
        struct frame *f = frame_of(mfn);
        uint64_t refs;

        if (!frame_valid(mfn) || !frame_get(f, x->d))
            return refuse(memory_op_einval_exchange_not_owned, mfn, pt_owner_of(mfn));
        refs = f->refs;
        frame_put(f);
        if (!(refs & FRAME_ALLOCATED) || (refs & FRAME_COUNT_MASK) != 2 || frame_type_count(f))
            return refuse(memory_op_einval_exchange_in_use, mfn, (refs & FRAME_COUNT_MASK) - 1, frame_type(f));
    }
    return 0;
}

static long read_chunk(const struct exchange *x, uint64_t chunk)
{
    uint64_t in = x->in_list + chunk * x->in_n * sizeof(uint64_t);
    uint64_t out = x->out_list + chunk * x->out_n * sizeof(uint64_t);

    if (!guest_read(x->in_mfn, in, x->in_n * sizeof(uint64_t)))
        return refuse(guest_copy_efault_read, in, x->in_n * sizeof(uint64_t));
    if (!guest_read(x->out_pfn, out, x->out_n * sizeof(uint64_t)))
        return refuse(guest_copy_efault_read, out, x->out_n * sizeof(uint64_t));
    for (uint64_t i = 0; i < x->in_n; i++) {
        long rc = check_in(x->in_mfn[i], x);

        if (rc)
            return rc;
    }
    return 0;
}

static long do_chunk(const struct exchange *x, uint64_t chunk)
{
    uint64_t out = x->out_list + chunk * x->out_n * sizeof(uint64_t), got;
    long rc = read_chunk(x, chunk);

    if (rc)
        return rc;
    for (got = 0; got < x->out_n; got++) {
        struct frame *f = alloc_domain_pages_below(x->d, x->out_order, x->limit, true);

        if (!f)
            break;
        x->out_mfn[got] = frame_mfn(f);
    }
    if (got == x->out_n && guest_write(out, x->out_mfn, x->out_n * sizeof(uint64_t))) {
        bool all = true; /* or a frame has gone since it was checked: by another vcpu, or named twice */

        for (uint64_t i = 0; i < x->in_n; i++)
            all &= memory_release(x->d, x->in_mfn[i], x->in_order);
        for (uint64_t i = 0; all && i < x->out_n; i++)
            memory_set_m2p(x->out_mfn[i], x->out_pfn[i], x->out_order);
        if (all)
            return 0;
        rc = refuse(memory_op_einval_exchange_not_owned, x->in_mfn[0], x->d->id);
    } else if (got == x->out_n) {
        rc = refuse(guest_copy_efault_write, out, x->out_n * sizeof(uint64_t));
    } else {
        rc = refuse(memory_op_enomem_exchange, x->out_order);
    }
    while (got-- > 0)
        memory_release(x->d, x->out_mfn[got], x->out_order);
    return rc;
}

static long bad_shape(const struct xen_memory_exchange *e)
{
    return refuse(memory_op_einval_exchange_bad_shape, e->in.nr_extents, e->in.extent_order, e->out.nr_extents,
                  e->out.extent_order, e->nr_exchanged);
}

static long prepare(struct exchange *x, const struct xen_memory_exchange *e)
{
    const struct xen_memory_reservation *in = &e->in, *out = &e->out;
    unsigned int order = max(in->extent_order, out->extent_order);
    enum whose whose = domain_named(in->domid, &x->d);

    if (whose != WHOSE_OK)
        return whose_refusal(memory_op, whose, in->domid);
    if (order > memory_max_order(current->domain))
        return refuse(memory_op_eperm_exchange_order, order);
    if (in->nr_extents > ~0ul >> 20 || out->nr_extents > ~0ul >> 20) /* no list is so long */
        return refuse(guest_copy_efault_read, (uint64_t)in->extent_start.p, in->nr_extents);
    if (in->domid != out->domid || e->nr_exchanged > in->nr_extents ||
        in->nr_extents << in->extent_order != out->nr_extents << out->extent_order ||
        (in->nr_extents << in->extent_order) & ((1ul << order) - 1))
        return bad_shape(e);
    x->in_list = (uint64_t)in->extent_start.p;
    x->out_list = (uint64_t)out->extent_start.p;
    x->in_order = in->extent_order;
    x->out_order = out->extent_order;
    x->in_n = 1ul << (order - x->in_order);
    x->out_n = 1ul << (order - x->out_order);
    x->limit = memory_limit(out->mem_flags);
    if (e->nr_exchanged & (x->in_n - 1))
        return bad_shape(e);
    return 0;
}

long memory_exchange(uint64_t cmd, uint64_t arg)
{
    uint64_t progress = arg + offsetof(struct xen_memory_exchange, nr_exchanged), done;
    struct xen_memory_exchange e;
    struct exchange x;
    bool preempted = false;
    size_t bytes;
    long rc;

    if (!guest_read(&e, arg, sizeof(e)))
        return refuse(guest_copy_efault_read, arg, sizeof(e));
    rc = prepare(&x, &e);
    if (rc)
        return rc;
    bytes = (x.in_n + 2 * x.out_n) * sizeof(uint64_t);
    x.in_mfn = alloc_bytes(bytes);
    if (!x.in_mfn)
        return refuse(memory_op_enomem_exchange, x.out_order);
    x.out_mfn = x.in_mfn + x.in_n;
    x.out_pfn = x.out_mfn + x.out_n;

    done = e.nr_exchanged;
    while (!rc && done < e.in.nr_extents) {
        preempted = done > e.nr_exchanged && preempt_check();
        if (preempted)
            break;
        rc = do_chunk(&x, done / x.in_n);
        if (!rc)
            done += x.in_n;
    }
    alloc_free_bytes(x.in_mfn, bytes);
    if (!guest_write(progress, &done, sizeof(done)))
        return refuse(guest_copy_efault_write, progress, sizeof(done));
    return preempted ? hypercall_continue(__HYPERVISOR_memory_op, 2, cmd, arg) : rc;
}
