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

/* Where a batch works: whose tables, whose frames. */
struct batch {
    struct domain *tables, *frames;
    uint64_t refused; /* bits of an l1 entry */
};

/* A frame that is no table now: the write is the plain store the guest could do itself, if it may write it at all. */
static long plain_write(const struct batch *b, uint64_t ptr, uint64_t value)
{
    mfn_t mfn = ptr >> PAGE_SHIFT;
    struct frame *f = frame_of(mfn);
    long rc = 0;

    if (!frame_valid(mfn) || !frame_get(f, b->tables))
        return refuse(mmu_update_einval_frame_not_owned, ptr, mfn, pt_owner_of(mfn));
    if (frame_get_writable(f)) {
        write_once(pt_entries(mfn)[(ptr & (PAGE_SIZE - 1)) / 8], value);
        frame_put_writable(f);
    } else {
        rc = refuse(mmu_update_einval_frame_not_a_table, ptr, mfn, frame_type(f));
    }
    frame_put(f);
    return rc;
}

static long set_m2p(const struct batch *b, mfn_t mfn, pfn_t pfn)
{
    if (!frame_valid(mfn) || !frame_get(frame_of(mfn), b->frames))
        return refuse(mmu_update_einval_machphys_frame_not_owned, mfn, pt_owner_of(mfn));
    m2p_set(mfn, pfn);
    frame_put(frame_of(mfn));
    return 0;
}

static inline bool is_l1(const struct domain *d, mfn_t mfn)
{
    const uint64_t valid_l1 = (uint64_t)FRAME_L1 << FRAME_TYPE_SHIFT | FRAME_VALIDATED;
    const struct frame *f = frame_of(mfn);

    return mfn < frame_max_mfn && f->owner == d && (f->type & (0xfful << FRAME_TYPE_SHIFT | FRAME_VALIDATED)) == valid_l1;
}

static inline long update_one(const struct batch *b, const struct mmu_update *req)
{
    unsigned int command = req->ptr & 7;
    uint64_t ptr = req->ptr - command;
    mfn_t mfn = ptr >> PAGE_SHIFT;

    if (likely(command == MMU_NORMAL_PT_UPDATE && is_l1(b->tables, mfn)) &&
        likely(l1_set(pt_entries(mfn) + (ptr & (PAGE_SIZE - 1)) / 8, req->val, b->refused, b->frames)))
        return 0;
    if (command == MMU_MACHPHYS_UPDATE)
        return set_m2p(b, mfn, req->val);
    if (unlikely(command > MMU_PT_UPDATE_NO_TRANSLATE))
        return refuse(mmu_update_enosys_bad_command, req->ptr, command);
    if (unlikely(!pt_is_table(b->tables, mfn)))
        return plain_write(b, ptr, req->val);
    return pt_update_entry(b->tables, b->frames, mfn, (ptr & (PAGE_SIZE - 1)) / 8, req->val,
                           command == MMU_PT_UPDATE_PRESERVE_AD ? PT_PRESERVE_AD : PT_SET, NULL);
}

/* Does requests until one is refused or the call must give way; *done counts those that took effect. */
static long update_all(const struct batch *b, uint64_t reqs, uint32_t count, uint32_t *done)
{
    struct mmu_update req[CHUNK];
    long rc;

    if (count > 1)
        refuse_index(0);
    while (*done < count) {
        uint32_t n = min(count - *done, CHUNK);
        uint64_t va = reqs + *done * sizeof(req[0]);

        if (unlikely(!guest_read(req, va, n * sizeof(req[0])))) {
            n = 1; /* those before the hole count */
            if (!guest_read(req, va, sizeof(req[0])))
                return refuse(guest_copy_efault_read, va, sizeof(req[0]));
        }
        for (uint32_t i = 0; i < n; i++) {
            refuse_next(*done);
            rc = update_one(b, &req[i]);
            if (unlikely(rc))
                return rc;
            ++*done;
            rc = pt_settle(b->tables);
            if (unlikely(rc))
                return *done < count ? rc : 0; /* what is left is for the domain's next call */
        }
        if (*done < count && preempt_check())
            return -XEN_ERESTART;
    }
    return 0;
}

static long find_batch(struct batch *b, uint32_t domid)
{
    enum whose rc = WHOSE_OK;

    b->tables = b->frames = current->domain;
    if (likely(domid == DOMID_SELF))
        return 0;
    if (domid >> 16) /* the tables' owner, plus one */
        rc = (domid >> 16) - 1 == current->domain->id ? WHOSE_OK : domain_of_memory((domid >> 16) - 1, &b->tables);
    if (rc != WHOSE_OK)
        return whose_memory_refusal(mmu_update, rc, (domid >> 16) - 1);
    rc = domain_of_memory((domid_t)domid, &b->frames);
    return rc == WHOSE_OK ? 0 : whose_memory_refusal(mmu_update, rc, (domid_t)domid);
}

long hc_mmu_update(uint64_t reqs, uint64_t count_arg, uint64_t pdone, uint64_t domid)
{
    uint32_t count = (uint32_t)count_arg & ~MMU_UPDATE_PREEMPTED, done = 0, before = 0;
    struct batch b;
    long rc = find_batch(&b, (uint32_t)domid);

    if (unlikely(rc))
        return rc;
    if (unlikely((uint32_t)count_arg & MMU_UPDATE_PREEMPTED) && pdone && !guest_read(&before, pdone, sizeof(before)))
        before = 0;
    b.refused = l1e_refused_bits(b.tables);
    rc = pt_enter(b.tables);
    if (likely(!rc)) {
        rc = update_all(&b, reqs, count, &done);
        pt_leave(b.tables, rc);
    }
    if (rc == -XEN_ERESTART && !done)
        return hypercall_continue(__HYPERVISOR_mmu_update, 4, reqs, count_arg, pdone, domid);
    before += done;
    if (pdone)
        guest_write(pdone, &before, sizeof(before)); /* a *done that cannot be written is no error */
    if (rc == -XEN_ERESTART)
        return hypercall_continue(__HYPERVISOR_mmu_update, 4, reqs + done * sizeof(struct mmu_update),
                                  (count - done) | MMU_UPDATE_PREEMPTED, pdone, domid);
    return rc;
}
