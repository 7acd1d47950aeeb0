/* SPDX-License-Identifier: MIT */
/*
 * mmu_update: a batch of changes to page-table entries and to the M2P. Requests are read a few at a time, each is
 * checked and done in order, the first refused one ends the batch; *done says how many came before it.
 *
 * A batch that gives way is continued with the requests that are left, and MMU_UPDATE_PREEMPTED in count: *done then
 * holds what earlier executions did.
 */
#include "pv/pt_internal.h"

#define CHUNK 32u /* requests read at once, and done between two preemption checks */

/* A frame that is no table now: the write is the plain store the guest could do itself, if it may write it at all. */
static long plain_write(struct domain *d, uint64_t ptr, uint64_t value)
{
    mfn_t mfn = ptr >> PAGE_SHIFT;

    if (!pt_hold_writable(d, mfn))
        return pt_owner_of(mfn) == d->id
                   ? refuse(mmu_update_einval_frame_not_a_table, ptr, mfn, frame_type(frame_of(mfn)))
                   : refuse(mmu_update_einval_frame_not_owned, ptr, mfn, pt_owner_of(mfn));
    write_once(*(uint64_t *)(DIRECT_MAP + ptr), value);
    pt_drop_writable(mfn);
    return 0;
}

static long set_m2p(struct domain *d, mfn_t mfn, pfn_t pfn)
{
    if (!frame_valid(mfn) || !frame_get(frame_of(mfn), d))
        return refuse(mmu_update_einval_machphys_frame_not_owned, mfn, pt_owner_of(mfn));
    frame_m2p[mfn] = pfn;
    frame_put(frame_of(mfn));
    return 0;
}

/*
 * What nearly all requests are: entries of one l1 table, which has been checked and stays what it is under mm_lock,
 * with nothing to say against them. Gives the first that is anything else.
 */
static ALWAYS_INLINE const struct mmu_update *update_run(const struct domain *d, const struct mmu_update *r,
                                                         const struct mmu_update *end)
{
    const uint64_t table = r->ptr & -PAGE_SIZE, refused = l1e_refused_bits(d);

    static_assert(MMU_NORMAL_PT_UPDATE == 0, "the command is in the address's low bits");
    for (; r < end; r++) {
        if (unlikely((r->ptr ^ table) & ~(PAGE_SIZE - 8)) ||
            unlikely(!l1_set((uint64_t *)(DIRECT_MAP + r->ptr), r->val, refused, d)))
            break;
    }
    return r;
}

static __attribute__((cold, noinline)) long update_other(struct domain *d, const struct mmu_update *req)
{
    unsigned int command = req->ptr & 7;
    uint64_t ptr = req->ptr - command, *entry = (uint64_t *)(DIRECT_MAP + ptr);
    mfn_t mfn = ptr >> PAGE_SHIFT;
    enum pt_update how = command == MMU_PT_UPDATE_PRESERVE_AD ? PT_PRESERVE_AD : PT_SET;
    struct pt_entry e;

    if (command == MMU_MACHPHYS_UPDATE)
        return set_m2p(d, mfn, req->val);
    if (command > MMU_PT_UPDATE_NO_TRANSLATE)
        return refuse(mmu_update_enosys_bad_command, req->ptr, command);
    if (!pt_is_table(d, mfn))
        return plain_write(d, ptr, req->val);
    if (frame_type(frame_of(mfn)) == FRAME_L1)
        return l1_update(d, entry, read_once(*entry), req->val, how);
    e = (struct pt_entry){mfn, (ptr & (PAGE_SIZE - 1)) / 8, frame_type(frame_of(mfn)), req->val};
    return table_update(d, &e, how);
}

/* Does requests until one is refused or the call must give way; *done counts those that took effect. */
static ALWAYS_INLINE long update_all(struct domain *d, uint64_t reqs, uint32_t count, uint32_t *done)
{
    struct mmu_update req[CHUNK];
    long rc;

    while (*done < count) {
        uint32_t n = min(count - *done, CHUNK);
        uint64_t va = reqs + *done * sizeof(req[0]);

        if (n > 1 && unlikely(!guest_read(req, va, n * sizeof(req[0]))))
            n = 1; /* those before the hole count */
        if (n == 1 && unlikely(!guest_read(req, va, sizeof(req[0]))))
            return refuse(guest_copy_efault_read, va, sizeof(req[0]));
        for (const struct mmu_update *r = req; r < req + n;) {
            const struct mmu_update *run = r;

            if (likely(table_is_valid(d, r->ptr >> PAGE_SHIFT, FRAME_L1)))
                r = update_run(d, r, req + n);
            *done += (uint32_t)(r - run);
            if (likely(r > run))
                continue;
            if (count > 1)
                refuse_index(*done);
            rc = update_other(d, r++);
            if (unlikely(rc))
                return rc;
            ++*done;
            rc = pt_settle(d);
            if (unlikely(rc))
                return *done < count ? rc : 0; /* what is left is for the domain's next call */
        }
        if (*done < count && preempt_check())
            return -XEN_ERESTART;
    }
    return 0;
}

/* The frames' owner, and above it the tables', plus one: that one may be the caller by its number. */
static long check_owners(const struct domain *d, uint32_t domid)
{
    uint32_t tables = domid >> 16;
    long rc = tables && tables - 1 != d->id ? pt_own_domain((domid_t)(tables - 1)) : 0;

    return rc ? rc : pt_own_domain((domid_t)domid);
}

static __attribute__((noinline)) long do_batch(uint64_t reqs, uint64_t count, uint64_t pdone, uint64_t domid)
{
    struct domain *d = current->domain;
    uint32_t done = 0;
    long rc = likely(domid == DOMID_SELF) ? 0 : check_owners(d, (uint32_t)domid);

    if (unlikely(rc))
        return rc;
    rc = pt_enter(d);
    if (likely(!rc)) {
        rc = update_all(d, reqs, (uint32_t)count & ~MMU_UPDATE_PREEMPTED, &done);
        pt_leave(d, rc);
    }
    return pt_batch_end(__HYPERVISOR_mmu_update, reqs, count, pdone, domid, done, rc);
}

/* One entry of an l1 table, with nothing to say against it. False: nothing has been done. */
static ALWAYS_INLINE bool update_one(struct domain *d, uint64_t reqs)
{
    struct mmu_update req;
    bool done;

    if (unlikely(!guest_read(&req, reqs, sizeof(req))))
        return false;
    spin_lock(&d->mm_lock);
    done = !pt_walk_busy(d) && !d->walk.over && table_is_valid(d, req.ptr >> PAGE_SHIFT, FRAME_L1) &&
           update_run(d, &req, &req + 1) != &req;
    spin_unlock(&d->mm_lock);
    return done;
}

long hc_mmu_update(uint64_t reqs, uint64_t count, uint64_t pdone, uint64_t domid)
{
    if (count == 1 && !pdone && domid == DOMID_SELF && likely(update_one(current->domain, reqs)))
        return 0;
    return do_batch(reqs, count, pdone, domid);
}

long pt_batch_tell(unsigned int call, uint64_t list, uint64_t count, uint64_t pdone, uint64_t domid, uint32_t done,
                   long rc)
{
    size_t size = call == __HYPERVISOR_mmu_update ? sizeof(struct mmu_update) : sizeof(struct mmuext_op);
    uint32_t before = 0;

    if (rc == -XEN_ERESTART && !done)
        return hypercall_continue(call, 4, list, count, pdone, domid);
    if ((count & MMU_UPDATE_PREEMPTED) && pdone && !guest_read(&before, pdone, sizeof(before)))
        before = 0;
    before += done;
    if (pdone)
        guest_write(pdone, &before, sizeof(before)); /* a *done that cannot be written is no error */
    if (rc != -XEN_ERESTART)
        return rc;
    count = ((uint32_t)count & ~MMU_UPDATE_PREEMPTED) - done;
    return hypercall_continue(call, 4, list + done * size, count | MMU_UPDATE_PREEMPTED, pdone, domid);
}
