/* SPDX-License-Identifier: MIT */
/*
 * grant_table_op: mapping, copying and managing grants of version 1. Pins and handles: domain/grant.c; the entries that
 * map: pv/pt_grant.h. What is asked of one element of a batch is one function of its own that answers a GNTST_* status;
 * a batch gives way between elements.
 */
#include "pv/pt_grant.h"

#define PARTS (GNTMAP_host_map | GNTMAP_device_map) /* each is undone on its own */

/* --- map and unmap -------------------------------------------------------------------------------------------- */

static ALWAYS_INLINE int map_grant_ref(struct gnttab_map_grant_ref *op)
{
    struct domain *d = current->domain, *granter = domain_by_id(op->dom);
    int rc;

    if (!(op->flags & PARTS))
        return (int)refuse(grant_table_op_gnttab_map_flags, op->flags);
    if (!granter)
        return (int)refuse(grant_table_op_gnttab_unknown_domain, op->dom);
    SPIN_GUARD(&d->mm_lock);
    rc = grant_map_new(d, granter, op);
    if (rc == GNTST_okay && (op->flags & GNTMAP_host_map) && unlikely(!pt_grant_map(current, op))) {
        grant_map_end(d, op->handle);
        return (int)refuse(grant_table_op_gnttab_map_address, op->host_addr);
    }
    return rc;
}

/* The entry goes first, then what of the handle is not in use any more: all of it if no part is left. */
static ALWAYS_INLINE int unmap_grant_ref(const struct gnttab_unmap_grant_ref *op)
{
    struct domain *d = current->domain;
    struct grant_map *m;
    uint32_t parts;
    SPIN_GUARD(&d->mm_lock);

    m = grant_map_find(&d->grant, op->handle);
    if (unlikely(!m))
        return (int)refuse(grant_table_op_gnttab_bad_handle, op->handle);
    parts = m->flags & ((op->host_addr ? GNTMAP_host_map : 0) | (op->dev_bus_addr ? GNTMAP_device_map : 0));
    if ((parts & GNTMAP_device_map) && op->dev_bus_addr != m->mfn << PAGE_SHIFT)
        return (int)refuse(grant_table_op_gnttab_unmap_device, op->dev_bus_addr, op->handle);
    if ((parts & GNTMAP_host_map) && unlikely(!pt_grant_unmap(current, op->host_addr, m)))
        return (int)refuse(grant_table_op_gnttab_unmap_address, op->host_addr, op->handle);
    m->flags &= (uint16_t)~parts;
    if (!(m->flags & PARTS))
        grant_map_end(d, op->handle);
    return GNTST_okay;
}

/* --- copy ------------------------------------------------------------------------------------------------------ */

struct copy_side {
    struct domain *d;
    mfn_t mfn;
};

static ALWAYS_INLINE int copy_take(struct copy_side *s, const struct gnttab_copy_ptr *p, bool by_ref, bool writable)
{
    struct frame *f;

    s->d = domain_named(p->domid);
    if (!s->d) /* rights are the grant's business */
        return (int)refuse(grant_table_op_gnttab_unknown_domain, p->domid);
    if (by_ref)
        return grant_pin(s->d, p->u.ref, current->domain, writable, &s->mfn);
    if (p->domid != DOMID_SELF)
        return (int)refuse(grant_table_op_gnttab_copy_local_foreign, p->domid);

    s->mfn = p->u.gmfn;
    f = frame_of(s->mfn);
    if (unlikely(s->mfn >= frame_max_mfn || !frame_get(f, s->d)))
        return (int)refuse(grant_table_op_gnttab_copy_bad_frame, s->mfn);
    if (writable && unlikely(!frame_get_writable(f))) {
        frame_put(f);
        return (int)refuse(grant_table_op_gnttab_copy_not_writable, s->mfn, frame_type(f));
    }
    return GNTST_okay;
}

static ALWAYS_INLINE void copy_put(const struct copy_side *s, const struct gnttab_copy_ptr *p, bool by_ref,
                                   bool writable)
{
    if (by_ref) {
        grant_unpin(s->d, p->u.ref, writable);
        return;
    }
    if (writable)
        frame_put_writable(frame_of(s->mfn));
    frame_put(frame_of(s->mfn));
}

static ALWAYS_INLINE int copy(const struct gnttab_copy *op)
{
    bool from_ref = op->flags & GNTCOPY_source_gref, to_ref = op->flags & GNTCOPY_dest_gref;
    struct copy_side from, to;
    int rc;

    if (op->source.offset + op->len > PAGE_SIZE)
        return (int)refuse(grant_table_op_gnttab_copy_range, op->source.offset, op->len);
    if (op->dest.offset + op->len > PAGE_SIZE)
        return (int)refuse(grant_table_op_gnttab_copy_range, op->dest.offset, op->len);
    rc = copy_take(&from, &op->source, from_ref, false);
    if (rc != GNTST_okay)
        return rc;
    rc = copy_take(&to, &op->dest, to_ref, true);
    if (rc == GNTST_okay) {
        memmove((char *)mfn_ptr(to.mfn) + op->dest.offset, (char *)mfn_ptr(from.mfn) + op->source.offset, op->len);
        copy_put(&to, &op->dest, to_ref, true);
    }
    copy_put(&from, &op->source, from_ref, false);
    return rc;
}

/* --- the table itself -------------------------------------------------------------------------------------------- */

/* Whose table: the caller's, or with rights another's. */
static int table_owner(domid_t dom, struct domain **d)
{
    *d = domain_named(dom);
    if (!*d)
        return (int)refuse(grant_table_op_gnttab_unknown_domain, dom);
    return domain_allowed(*d) ? GNTST_okay : (int)refuse(grant_table_op_gnttab_not_permitted, dom);
}

static int setup_table(const struct gnttab_setup_table *op)
{
    uint64_t list = (uint64_t)op->frame_list.p;
    struct domain *d;
    int status = table_owner(op->dom, &d);

    if (status != GNTST_okay)
        return status;
    if (!grant_grow(d, op->nr_frames))
        return (int)refuse(grant_table_op_gnttab_too_many_frames, op->nr_frames, GRANT_MAX_FRAMES);
    for (uint32_t i = 0; i < op->nr_frames; i++) {
        xen_pfn_t mfn = ptr_mfn(d->grant.shared[i]);

        if (!guest_write_at(list, i, &mfn))
            return (int)refuse(grant_table_op_gnttab_setup_list, list);
    }
    return GNTST_okay;
}

static int query_size(struct gnttab_query_size *op)
{
    struct domain *d;
    int status = table_owner(op->dom, &d);

    if (status == GNTST_okay) {
        op->nr_frames = d->grant.frames;
        op->max_nr_frames = GRANT_MAX_FRAMES;
    }
    return status;
}

static long set_version(uint64_t uop)
{
    struct gnttab_set_version op;

    if (!guest_read(&op, uop, sizeof(op)))
        return refuse(guest_copy_efault_read, uop, sizeof(op));
    if (op.version == 2)
        return refuse(grant_table_op_enosys_version_2, op.version);
    return op.version == 1 ? 0 : refuse(grant_table_op_einval_set_version, op.version);
}

/* --- batches ----------------------------------------------------------------------------------------------------- */

/* One element: read once, done, and what it answers is told. 0, or a refusal of the whole call. */
#define TELL_FROM(member)                                                                                              \
    guest_write(uop + offsetof(__typeof__(op), member), &op.member, sizeof(op) - offsetof(__typeof__(op), member))
#define TELL_STATUS guest_write(uop + offsetof(__typeof__(op), status), &op.status, sizeof(op.status))
#define ELEMENT(name, told)                                                                                            \
    static long element_##name(uint64_t uop)                                                                           \
    {                                                                                                                  \
        struct gnttab_##name op;                                                                                       \
                                                                                                                       \
        if (unlikely(!guest_read(&op, uop, sizeof(op))))                                                               \
            return refuse(guest_copy_efault_read, uop, sizeof(op));                                                    \
        op.status = (int16_t)name(&op);                                                                                \
        return likely(told) ? 0 : refuse(guest_copy_efault_write, uop, sizeof(op));                                    \
    }
ELEMENT(map_grant_ref, TELL_FROM(dom))
ELEMENT(unmap_grant_ref, TELL_STATUS)
ELEMENT(copy, TELL_STATUS)
ELEMENT(setup_table, TELL_STATUS)
ELEMENT(query_size, guest_write(uop, &op, sizeof(op)))

static const struct batch {
    long (*element)(uint64_t uop);
    uint8_t size;
    bool single;     /* no batch: the count must be 1 */
} batches[] = {
#define BATCH(name, single) [GNTTABOP_##name] = {element_##name, sizeof(struct gnttab_##name), single}
    BATCH(map_grant_ref, false),
    BATCH(unmap_grant_ref, false),
    BATCH(copy, false),
    BATCH(setup_table, true),
    BATCH(query_size, true),
#undef BATCH
};

static __attribute__((noinline)) long do_batch(uint64_t cmd, uint64_t uop, uint64_t count64)
{
    uint32_t op = (uint32_t)cmd, count = (uint32_t)count64;
    const struct batch *b = op < ARRAY_SIZE(batches) ? &batches[op] : NULL;
    long rc = 0;

    if ((int32_t)count < 0)
        return refuse(grant_table_op_einval_count, count);
    if (!b || !b->element)
        return op == GNTTABOP_set_version ? set_version(uop) : refuse(grant_table_op_enosys_unknown_op, op);
    if (b->single && count != 1)
        return refuse(grant_table_op_einval_setup_count, count);
    for (uint32_t i = 0; !rc && i < count; i++, uop += b->size) {
        if (i && preempt_check())
            return hypercall_continue(__HYPERVISOR_grant_table_op, 3, op, uop, count - i);
        if (count > 1)
            refuse_index(i);
        rc = b->element(uop);
    }
    return rc;
}

/* A single element, as nearly always, goes straight to its function. */
long hc_grant_table_op(uint64_t cmd, uint64_t uop, uint64_t count)
{
    uint32_t op = (uint32_t)cmd;

    if (likely((uint32_t)count == 1 && op < ARRAY_SIZE(batches) && batches[op].element))
        return batches[op].element(uop);
    return do_batch(cmd, uop, count);
}
