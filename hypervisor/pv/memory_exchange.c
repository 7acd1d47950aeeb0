/* SPDX-License-Identifier: MIT */
/*
 * memory_op's exchange: frames of one shape for as many of another. Done in chunks of the bigger of the two orders.
 * For each the new frames are got first, so a chunk is exchanged or left alone. Progress is nr_exchanged in the
 * guest's own structure, which is also how the call is continued.
 */
#include "pv/memory_op.h"

struct exchange {
    struct xen_memory_exchange e; /* our copy */
    struct domain *d;
    uint64_t in_n, out_n;         /* extents per chunk */
    uint64_t *in_mfn, *out_mfn;   /* of one chunk */
    uint64_t *out_pfn;
};

/* Each frame: the domain's own, and nothing but the domain's list refers to it. */
static long check_in(const struct exchange *x, mfn_t first)
{
    for (mfn_t i = 0; i < 1ul << x->e.in.extent_order; i++) { /* first is the guest's: first + i may wrap */
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

static long read_chunk(const struct exchange *x, uint64_t in, uint64_t out)
{
    long rc = 0;

    if (!guest_read(x->in_mfn, in, x->in_n * sizeof(uint64_t)))
        return refuse(guest_copy_efault_read, in, x->in_n * sizeof(uint64_t));
    if (!guest_read(x->out_pfn, out, x->out_n * sizeof(uint64_t)))
        return refuse(guest_copy_efault_read, out, x->out_n * sizeof(uint64_t));
    for (uint64_t i = 0; !rc && i < x->in_n; i++)
        rc = check_in(x, x->in_mfn[i]);
    return rc;
}

static long do_chunk(const struct exchange *x, uint64_t chunk)
{
    uint64_t in = (uint64_t)x->e.in.extent_start.p + chunk * x->in_n * sizeof(uint64_t);
    uint64_t out = (uint64_t)x->e.out.extent_start.p + chunk * x->out_n * sizeof(uint64_t), got = 0;
    unsigned int order = x->e.out.extent_order;
    mfn_t limit = memory_limit(x->e.out.mem_flags);
    long rc = read_chunk(x, in, out);

    while (!rc && got < x->out_n) {
        struct frame *f = memory_take(x->d, order, limit, true, x->out_pfn[got]);

        if (f)
            x->out_mfn[got++] = frame_mfn(f);
        else
            rc = refuse(memory_op_enomem_exchange, order);
    }
    if (!rc && !guest_write(out, x->out_mfn, x->out_n * sizeof(uint64_t)))
        rc = refuse(guest_copy_efault_write, out, x->out_n * sizeof(uint64_t));
    for (uint64_t i = 0; !rc && i < x->in_n; i++)
        if (!memory_release(x->d, x->in_mfn[i], x->e.in.extent_order)) /* gone since the check, or named twice */
            rc = refuse(memory_op_einval_exchange_not_owned, x->in_mfn[i], x->d->id);
    while (rc && got-- > 0)
        memory_release(x->d, x->out_mfn[got], order);
    return rc;
}

static long prepare(struct exchange *x)
{
    const struct xen_memory_reservation *in = &x->e.in, *out = &x->e.out;
    unsigned int order = max(in->extent_order, out->extent_order);

    x->d = domain_named(in->domid);
    if (!domain_allowed(x->d))
        return domain_refusal(memory_op, x->d, in->domid);
    if (order > memory_max_order(current->domain))
        return refuse(memory_op_eperm_exchange_order, order);
    if (in->nr_extents > ~0ul >> 20 || out->nr_extents > ~0ul >> 20) /* no list is so long */
        return refuse(guest_copy_efault_read, (uint64_t)in->extent_start.p, in->nr_extents);
    x->in_n = 1ul << (order - in->extent_order);
    x->out_n = 1ul << (order - out->extent_order);
    if (in->domid != out->domid || x->e.nr_exchanged > in->nr_extents || x->e.nr_exchanged & (x->in_n - 1) ||
        in->nr_extents << in->extent_order != out->nr_extents << out->extent_order ||
        (in->nr_extents << in->extent_order) & ((1ul << order) - 1))
        return refuse(memory_op_einval_exchange_bad_shape, in->nr_extents, in->extent_order, out->nr_extents,
                      out->extent_order, x->e.nr_exchanged);
    return 0;
}

long memory_exchange(uint64_t cmd, uint64_t arg)
{
    uint64_t progress = arg + offsetof(struct xen_memory_exchange, nr_exchanged), done;
    bool preempted = false;
    struct exchange x;
    size_t bytes;
    long rc;

    if (!guest_read(&x.e, arg, sizeof(x.e)))
        return refuse(guest_copy_efault_read, arg, sizeof(x.e));
    rc = prepare(&x);
    if (rc)
        return rc;
    bytes = (x.in_n + 2 * x.out_n) * sizeof(uint64_t);
    x.in_mfn = alloc_bytes(bytes);
    if (!x.in_mfn)
        return refuse(memory_op_enomem_exchange, x.e.out.extent_order);
    x.out_mfn = x.in_mfn + x.in_n;
    x.out_pfn = x.out_mfn + x.out_n;

    for (done = x.e.nr_exchanged; !rc && done < x.e.in.nr_extents; done += rc ? 0 : x.in_n) {
        preempted = done > x.e.nr_exchanged && preempt_check();
        if (preempted)
            break;
        rc = do_chunk(&x, done / x.in_n);
    }
    alloc_free_bytes(x.in_mfn, bytes);
    if (!guest_write(progress, &done, sizeof(done)))
        return refuse(guest_copy_efault_write, progress, sizeof(done));
    return preempted ? hypercall_continue(__HYPERVISOR_memory_op, 2, cmd, arg) : rc;
}
