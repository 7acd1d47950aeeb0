/* SPDX-License-Identifier: MIT */
/*
 * memory_op: how much memory a domain has. Reservations are lists of extents, done one by one; as the ABI has it they
 * answer how many were done, and a call that gives way says in the upper bits of cmd where to go on.
 */
#include "pv/memory_op.h"

#define EXTENT_SHIFT 6 /* of cmd: the sub-operation is below, the extents done above */
#define PFN_LIMIT    (1ul << 40)
#define FRAMES_AT_ONCE 16u /* at least, between two preemption checks; or one extent */

struct reservation {
    struct domain *d;
    uint64_t list, done, count;
    unsigned int order;
    mfn_t limit;
    uint64_t arg;
};

mfn_t memory_limit(uint32_t mem_flags)
{
    unsigned int bits = XENMEMF_get_address_bits(mem_flags);

    return bits == 0 || bits >= 64 ? frame_max_mfn : bits <= PAGE_SHIFT ? 0 : 1ul << (bits - PAGE_SHIFT);
}

/* These rows have no errno: they say why the call ends short of its count. */
#define ends(row, ...) ((void)refuse(row, ##__VA_ARGS__), false)

static bool read_reservation(struct reservation *r)
{
    struct xen_memory_reservation x;

    if (!guest_read(&x, r->arg, sizeof(x)))
        return ends(memory_op_short_bad_pointer, r->arg, r->done);
    r->d = domain_named(x.domid);
    if (!domain_allowed(r->d))
        return ends(memory_op_short_no_such_domain, x.domid);
    if (x.extent_order > memory_max_order(current->domain))
        return ends(memory_op_short_order_too_big, x.extent_order, r->done);
    if (x.nr_extents > ~0ul >> EXTENT_SHIFT || !guest_range_ok((uint64_t)x.extent_start.p, 0))
        return ends(memory_op_short_bad_pointer, (uint64_t)x.extent_start.p, r->done);
    r->list = (uint64_t)x.extent_start.p;
    r->count = x.nr_extents;
    r->order = x.extent_order;
    r->limit = memory_limit(x.mem_flags);
    return true;
}

bool memory_release(struct domain *d, mfn_t first, unsigned int order)
{
    bool all = true;

    for (mfn_t mfn = first; mfn < first + (1ul << order); mfn++)
        all &= pt_release_frame(d, mfn); /* or another vcpu was faster */
    return all;
}

/* One extent of a call. */
typedef bool extent_fn(const struct reservation *r);

static bool bad_list(const struct reservation *r)
{
    return ends(memory_op_short_bad_pointer, r->list + r->done * 8, r->done);
}

struct frame *memory_take(struct domain *d, unsigned int order, mfn_t limit, bool replace, pfn_t pfn)
{
    struct frame *f = alloc_domain_pages(d, order, limit, replace, pfn);

    /* Its teardown may have looked at its list for the last time, and what comes later would stay for ever. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (f && unlikely(d->state >= DOMAIN_DYING)) {
        memory_release(d, frame_mfn(f), order);
        f = NULL;
    }
    return f;
}

/* A new extent, its frame told to the guest. */
static bool give(const struct reservation *r, pfn_t pfn)
{
    struct domain *d = r->d;
    struct frame *f = memory_take(d, r->order, r->limit, false, pfn);
    mfn_t mfn;

    if (!f && d->tot_pages + (1ul << r->order) > d->max_pages)
        return ends(memory_op_short_reservation_full, d->tot_pages, d->max_pages, r->done);
    if (!f)
        return ends(memory_op_short_out_of_memory, r->order, r->done);
    mfn = frame_mfn(f);
    if (!r->list || guest_write_at(r->list, r->done, &mfn))
        return true;
    memory_release(d, mfn, r->order);
    return bad_list(r);
}

static bool increase(const struct reservation *r)
{
    return give(r, M2P_INVALID);
}

static bool populate(const struct reservation *r)
{
    uint64_t pfn;

    if (!guest_read_at(&pfn, r->list, r->done))
        return bad_list(r);
    if (pfn >= PFN_LIMIT)
        return ends(memory_op_short_populate_bad_pfn, pfn, r->done);
    return give(r, pfn);
}

/* A page still in somebody's page table leaves the domain when the last entry goes, as in Xen. */
static bool decrease_frame(const struct reservation *r, mfn_t mfn)
{
    const struct frame *f = frame_of(mfn);

    if (likely(pt_release_frame(r->d, mfn)))
        return true;
    if (frame_valid(mfn) && f->owner == r->d && (f->type & FRAME_PINNED))
        return ends(memory_op_short_decrease_in_use, mfn, f->refs & FRAME_COUNT_MASK, frame_type(f), r->done);
    return ends(memory_op_short_decrease_not_owned, mfn, pt_owner_of(mfn), r->done);
}

static bool decrease(const struct reservation *r)
{
    uint64_t mfn, i = 0;

    if (!guest_read_at(&mfn, r->list, r->done))
        return bad_list(r);
    while (i < 1ul << r->order && decrease_frame(r, mfn + i))
        i++;
    return i == 1ul << r->order;
}

static long reserve(uint64_t cmd, uint64_t arg, extent_fn *extent)
{
    struct reservation r = {.done = cmd >> EXTENT_SHIFT, .arg = arg};
    const uint64_t first = r.done;

    if (!read_reservation(&r))
        return (long)r.done;
    for (; r.done < r.count; r.done++) {
        if (r.done > first && (r.done << r.order) % FRAMES_AT_ONCE == 0 && preempt_check())
            return hypercall_continue(__HYPERVISOR_memory_op, 2,
                                      (cmd & ((1u << EXTENT_SHIFT) - 1)) | r.done << EXTENT_SHIFT, arg);
        if (!extent(&r))
            break;
    }
    return (long)r.done;
}

static long reservation_size(domid_t id, bool maximum)
{
    const struct domain *d = domain_named(id);

    if (!domain_allowed(d))
        return domain_refusal(memory_op, d, id);
    return maximum ? d->max_pages : d->tot_pages;
}

static long current_reservation(struct vcpu *v UNUSED, struct xen_memory_domain *of)
{
    return reservation_size(of->domid, false);
}

static long maximum_reservation(struct vcpu *v UNUSED, struct xen_memory_domain *of)
{
    return reservation_size(of->domid, true);
}

static long maximum_ram_page(void)
{
    return (long)frame_max_mfn;
}

static extent_fn *const extents[] = {
    [XENMEM_increase_reservation] = increase,
    [XENMEM_decrease_reservation] = decrease,
    [XENMEM_populate_physmap] = populate,
};

static const struct sub_op ops[] = {
    [XENMEM_maximum_ram_page] = SUB_OP_PLAIN(maximum_ram_page),
    [XENMEM_current_reservation] = SUB_OP(current_reservation, struct xen_memory_domain),
    [XENMEM_maximum_reservation] = SUB_OP(maximum_reservation, struct xen_memory_domain),
    [XENMEM_memory_map] = SUB_OP_RETURNS(memory_map, struct xen_memory_map),
    [XENMEM_machine_memory_map] = SUB_OP_PLAIN(memory_machine_map),
    [XENMEM_machphys_mapping] = SUB_OP_RETURNS(memory_machphys_mapping, struct xen_machphys_mapping),
    [XENMEM_machphys_mfn_list] = SUB_OP_RETURNS(memory_machphys_list, struct xen_machphys_mfn_list),
};

long hc_memory_op(uint64_t cmd, uint64_t arg)
{
    unsigned int nr = cmd & ((1u << EXTENT_SHIFT) - 1);
    const struct sub_op *op = sub_op_find(ops, nr);

    if (nr < ARRAY_SIZE(extents) && extents[nr])
        return reserve(cmd, arg, extents[nr]);
    if (nr == XENMEM_exchange)
        return memory_exchange(cmd, arg);
    return op ? sub_op_call(op, current, arg) : refuse(memory_op_enosys_unknown_op, nr);
}
