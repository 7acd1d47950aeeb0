/* SPDX-License-Identifier: MIT */
#include "tables.h"
#include "pv/pt_grant.h"
#include "unit.h"
#include "memory/frame.h"
#include <xen/xen.h>

mfn_t page(struct domain *d)
{
    struct frame *f = alloc_domain_pages(d, 0, frame_max_mfn, false, M2P_INVALID);

    assert_non_null(f);
    return frame_mfn(f);
}

bool store(struct domain *d, mfn_t table, unsigned int index, uint64_t entry)
{
    struct frame *f = frame_of(table);

    if (f->owner != d || !frame_get_writable(f))
        return false;
    pt_entries(table)[index] = entry;
    frame_put_writable(f);
    return true;
}

struct tree tree_new(struct domain *d)
{
    struct tree t = {.d = d, .l4 = page(d), .l3 = page(d), .l2 = page(d)};

    for (unsigned int i = 0; i < 4; i++)
        t.data[i] = page(d);
    t.l1[0] = page(d);
    t.l1[1] = page(d);
    store(d, t.l4, 0, pte(t.l3, RW));
    store(d, t.l3, 0, pte(t.l2, RW));
    store(d, t.l2, 0, pte(t.l1[0], RW));
    store(d, t.l2, 1, pte(t.l1[1], RW));
    store(d, t.l1[0], 0, pte(t.data[0], RW));
    store(d, t.l1[0], 1, pte(t.data[1], RW));
    store(d, t.l1[0], 2, pte(t.data[2], RO));
    store(d, t.l1[0], 3, pte(t.l1[0], RO));
    store(d, t.l1[0], 4, pte(t.l2, RO));
    store(d, t.l1[0], 5, pte(t.l4, RO));
    store(d, t.l1[1], 511, pte(t.data[3], RW));
    return t;
}

long mmuext2(unsigned int cmd, uint64_t arg1, uint64_t arg2)
{
    struct mmuext_op op = {.cmd = cmd};
    uint64_t args[6] = {(uint64_t)&op, 1, 0, DOMID_SELF};

    op.arg1.mfn = arg1;
    op.arg2.src_mfn = arg2;
    return fake_hypercall(__HYPERVISOR_mmuext_op, args, NULL, NULL);
}

long mmuext(unsigned int cmd, uint64_t arg1)
{
    return mmuext2(cmd, arg1, 0);
}

long mmu_update1(uint64_t ptr, uint64_t val)
{
    struct mmu_update u = {ptr, val};
    uint64_t args[6] = {(uint64_t)&u, 1, 0, DOMID_SELF};

    return fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL);
}

long set_entry(mfn_t table, unsigned int index, uint64_t entry)
{
    return mmu_update1(table << PAGE_SHIFT | index * 8, entry);
}

struct trapped {
    uint64_t va, old, val;
    unsigned int size;
    bool compare, mismatch;
};

static bool change(void *context, uint64_t *entry)
{
    struct trapped *t = context;
    unsigned int shift = (t->va & 7) * 8;
    uint64_t mask = (t->size == 8 ? ~0ul : (1ul << t->size * 8) - 1) << shift;

    if ((t->va & 7) + t->size > 8)
        return false;
    t->mismatch = t->compare && (*entry & mask) != (t->old << shift & mask);
    *entry = (*entry & ~mask) | (t->val << shift & mask);
    return !t->mismatch;
}

long trapped_store(struct vcpu *v, uint64_t va, uint64_t old, uint64_t val, unsigned int size, bool compare)
{
    struct trapped t = {va, old, val, size, compare, false};
    long rc = pt_emulated_write(v, va, change, &t);

    return t.mismatch ? TRAPPED_MISMATCH : rc;
}

void check_all(void)
{
    unsigned int wrong = fake_mmu_check() + recount();

    if (wrong)
        fail_msg("%u wrong", wrong);
}

int grant_map(struct vcpu *v, uint64_t where, uint32_t flags, struct domain *owner, mfn_t mfn)
{
    const struct gnttab_map_grant_ref op = {.host_addr = where, .flags = flags, .dev_bus_addr = mfn << PAGE_SHIFT};
    bool writable = !(flags & GNTMAP_readonly), done;
    SPIN_GUARD(&v->domain->mm_lock);

    if (!frame_get(frame_of(mfn), owner) || (writable && !frame_get_writable(frame_of(mfn))))
        abort();
    done = pt_grant_map(v, &op);
    if (writable)
        frame_put_writable(frame_of(mfn));
    frame_put(frame_of(mfn));
    return done ? 0 : -1;
}

int grant_unmap(struct vcpu *v, uint64_t where, uint32_t flags, mfn_t mfn)
{
    const struct grant_map m = {.mfn = mfn, .flags = (uint16_t)flags};
    SPIN_GUARD(&v->domain->mm_lock);

    return pt_grant_unmap(v, where, &m) ? 0 : -1;
}

void domain_end(struct domain *d)
{
    unsigned int steps = 0;

    d->state = DOMAIN_DYING;
    fake_leave(d);
    while (!pt_teardown_step(d)) {
        check_all();
        assert_true(++steps < 100000);
    }
    check_all();
    assert_int_equal(d->tot_pages, 0);
    fake_free_domain(d);
}
