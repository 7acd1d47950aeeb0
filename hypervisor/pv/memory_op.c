/* SPDX-License-Identifier: MIT */
/*
 * memory_op: how much memory a domain has. Reservations are lists of extents, done one by one; as the ABI has it they
 * answer how many were done, and a call that gives way says in the upper bits of cmd where to go on.
 */
#include "pv/memory_op.h"
#include "pv/pagetable.h"
#include "pv/pv.h"
#include <xen/memory.h>

#define EXTENT_SHIFT 6 /* of cmd: the sub-operation is below, the extents done above */
#define PFN_LIMIT    (1ul << 40)

struct reservation {
    struct domain *d;
    uint64_t list, done, count;
    unsigned int order;
    mfn_t limit;
    uint64_t cmd, arg;
};

mfn_t memory_limit(uint32_t mem_flags)
{
    unsigned int bits = XENMEMF_get_address_bits(mem_flags);

    return bits == 0 || bits >= 64 ? frame_max_mfn : bits <= PAGE_SHIFT ? 0 : 1ul << (bits - PAGE_SHIFT);
}

/* DOMID_SELF, the caller's own number, or for the privileged any other. */
static struct domain *domain_of(domid_t id, bool *denied)
{
    struct domain *self = current->domain;

    *denied = false;
    if (id == DOMID_SELF || id == self->id)
        return self;
    *denied = !self->privileged;
    return domain_by_id(id);
}

static bool read_reservation(struct reservation *r)
{
    struct xen_memory_reservation x;
    bool denied;

    if (!guest_read(&x, r->arg, sizeof(x)))
        return refuse(memory_op_short_bad_pointer, r->arg, r->done), false;
    r->d = domain_of(x.domid, &denied);
    if (!r->d || denied)
        return refuse(memory_op_short_no_such_domain, x.domid), false;
    if (x.extent_order > memory_max_order(current->domain))
        return refuse(memory_op_short_order_too_big, x.extent_order, r->done), false;
    if (x.nr_extents > ~0ul >> EXTENT_SHIFT || !guest_range_ok((uint64_t)x.extent_start.p, 0))
        return refuse(memory_op_short_bad_pointer, (uint64_t)x.extent_start.p, r->done), false;
    r->list = (uint64_t)x.extent_start.p;
    r->count = x.nr_extents;
    r->order = x.extent_order;
    r->limit = memory_limit(x.mem_flags);
    return true;
}

static struct frame *allocate(const struct reservation *r)
{
    struct domain *d = r->d;
    struct frame *f = alloc_domain_pages_below(d, r->order, r->limit, false);

    if (!f && d->tot_pages + (1ul << r->order) > d->max_pages)
        refuse(memory_op_short_reservation_full, d->tot_pages, d->max_pages, r->done);
    else if (!f)
        refuse(memory_op_short_out_of_memory, r->order, r->done);
    return f;
}

static void release_extent(struct domain *d, mfn_t first, unsigned int order)
{
    for (mfn_t mfn = first; mfn < first + (1ul << order); mfn++) {
        if (!frame_get(frame_of(mfn), d))
            continue; /* another vcpu was faster */
        pt_release_frame(d, frame_of(mfn));
        frame_put(frame_of(mfn));
    }
}

static bool increase(const struct reservation *r)
{
    struct frame *f = allocate(r);
    uint64_t mfn;

    if (!f)
        return false;
    mfn = frame_mfn(f);
    if (!r->list || guest_write_at(r->list, r->done, &mfn))
        return true;
    release_extent(r->d, mfn, r->order);
    refuse(memory_op_short_bad_pointer, r->list + r->done * 8, r->done);
    return false;
}

static bool populate(const struct reservation *r)
{
    struct frame *f;
    uint64_t pfn, mfn;

    if (!guest_read_at(&pfn, r->list, r->done)) {
        refuse(memory_op_short_bad_pointer, r->list + r->done * 8, r->done);
        return false;
    }
    if (pfn >= PFN_LIMIT) {
        refuse(memory_op_short_populate_bad_pfn, pfn, r->done);
        return false;
    }
    f = allocate(r);
    if (!f)
        return false;
    mfn = frame_mfn(f);
    if (!guest_write_at(r->list, r->done, &mfn)) {
        release_extent(r->d, mfn, r->order);
        refuse(memory_op_short_bad_pointer, r->list + r->done * 8, r->done);
        return false;
    }
    for (uint64_t i = 0; i < 1ul << r->order; i++)
        m2p_set(mfn + i, pfn + i);
    return true;
}

/* A page still in somebody's page table leaves the domain when the last entry goes, as in Xen. */
static bool decrease_frame(const struct reservation *r, mfn_t mfn)
{
    struct frame *f = frame_of(mfn);
    bool released;

    if (!frame_valid(mfn) || !frame_get(f, r->d)) {
        refuse(memory_op_short_decrease_not_owned, mfn, pt_owner_of(mfn), r->done);
        return false;
    }
    released = pt_release_frame(r->d, f);
    if (!released && (f->type & FRAME_PINNED))
        refuse(memory_op_short_decrease_in_use, mfn, f->refs & FRAME_COUNT_MASK, frame_type(f), r->done);
    else if (!released)
        refuse(memory_op_short_decrease_not_owned, mfn, pt_owner_of(mfn), r->done);
    frame_put(f);
    return released;
}

static bool decrease(const struct reservation *r)
{
    uint64_t mfn;

    if (!guest_read_at(&mfn, r->list, r->done)) {
        refuse(memory_op_short_bad_pointer, r->list + r->done * 8, r->done);
        return false;
    }
    for (uint64_t i = 0; i < 1ul << r->order; i++)
        if (!decrease_frame(r, mfn + i))
            return false;
    return true;
}

static long reserve(uint64_t cmd, uint64_t arg, bool (*extent)(const struct reservation *))
{
    struct reservation r = {.done = cmd >> EXTENT_SHIFT, .cmd = cmd, .arg = arg};
    bool first = true;

    if (!read_reservation(&r))
        return (long)r.done;
    for (; r.done < r.count; r.done++, first = false) {
        if (!first && preempt_check())
            return hypercall_continue(__HYPERVISOR_memory_op, 2,
                                      (cmd & ((1u << EXTENT_SHIFT) - 1)) | r.done << EXTENT_SHIFT, arg);
        if (!extent(&r))
            break;
    }
    return (long)r.done;
}

static long reservation_size(unsigned int op, uint64_t arg)
{
    struct xen_memory_domain x;
    struct domain *d;
    bool denied;

    if (!guest_read(&x, arg, sizeof(x)))
        return refuse(guest_copy_efault_read, arg, sizeof(x));
    d = domain_of(x.domid, &denied);
    if (!d)
        return refuse(memory_op_esrch_unknown_domain, x.domid);
    if (denied)
        return refuse(memory_op_eperm_foreign_domain, x.domid);
    return op == XENMEM_current_reservation ? d->tot_pages : d->max_pages;
}

long hc_memory_op(uint64_t cmd, uint64_t arg)
{
    unsigned int op = cmd & ((1u << EXTENT_SHIFT) - 1);

    switch (op) {
    case XENMEM_increase_reservation:
        return reserve(cmd, arg, increase);
    case XENMEM_decrease_reservation:
        return reserve(cmd, arg, decrease);
    case XENMEM_populate_physmap:
        return reserve(cmd, arg, populate);
    case XENMEM_exchange:
        return memory_exchange(cmd, arg);
    case XENMEM_maximum_ram_page:
        return (long)frame_max_mfn;
    case XENMEM_current_reservation:
    case XENMEM_maximum_reservation:
        return reservation_size(op, arg);
    case XENMEM_memory_map:
        return memory_map(arg);
    case XENMEM_machine_memory_map:
        return memory_machine_map(arg);
    case XENMEM_machphys_mapping:
        return memory_machphys_mapping(arg);
    case XENMEM_machphys_mfn_list:
        return memory_machphys_list(arg);
    default:
        return refuse(memory_op_enosys_unknown_op, op);
    }
}
