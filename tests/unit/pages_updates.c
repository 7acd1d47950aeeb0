/* SPDX-License-Identifier: MIT */
/* The ways to change an entry: alone, in batches, by address, by a store that traps; and what may be mapped besides. */
#include "pages_check.h"

static void plain_memory_is_stored_to(void **state)
{
    mfn_t m = page(d);

    (void)state;
    assert_done(mmu_update1(m << 12 | 8, 0x1234567));
    assert_int_equal(pt_entries(m)[1], 0x1234567);
    assert_done(mmu_update1(m << 12 | 16 | MMU_PT_UPDATE_PRESERVE_AD, 77));
    assert_int_equal(pt_entries(m)[2], 77);
    assert_refused(mmu_update1(m << 12 | 4, 0), -XEN_ENOSYS, "mmu_update.enosys.bad_command");
    memset(mfn_ptr(m), 0, PAGE_SIZE);
    assert_int_equal(segdesc_get(d, m), 0);
    d->vcpu[1]->ldt_frame[0] = m;
    assert_refused(set_entry(m, 0, 0), -XEN_EINVAL, "mmu_update.einval.frame_not_a_table");
    d->vcpu[1]->ldt_frame[0] = 0;
    segdesc_put(d, m);
}

static void accessed_and_dirty_survive(void **state)
{
    uint64_t *e = pt_entries(t.l1[0]);

    (void)state;
    e[0] |= PTE_D | PTE_A;
    assert_done(mmu_update1((t.l1[0] << 12) | MMU_PT_UPDATE_PRESERVE_AD, pte(t.data[0], PTE_P)));
    assert_int_equal(e[0], pte(t.data[0], PTE_P | PTE_US | PTE_A | PTE_D));
    assert_done(mmu_update1(t.l1[0] << 12, pte(t.data[0], PTE_P)));
    assert_int_equal(e[0], pte(t.data[0], PTE_P | PTE_US));
    pt_entries(t.l2)[0] |= PTE_A;
    assert_done(mmu_update1((t.l2 << 12) | MMU_PT_UPDATE_PRESERVE_AD, pte(t.l1[0], PTE_P | PTE_NX)));
    assert_int_equal(pt_entries(t.l2)[0], pte(t.l1[0], PTE_P | PTE_US | PTE_A | PTE_NX));
}

static void batches_stop_at_the_first_refusal(void **state)
{
    struct mmu_update u[40];
    uint32_t done = 99;
    uint64_t args[6] = {(uint64_t)u, 40, (uint64_t)&done, DOMID_SELF};

    (void)state;
    for (unsigned int i = 0; i < 40; i++)
        u[i] = (struct mmu_update){t.l1[1] << 12 | i * 8, pte(t.data[i % 4], i & 1 ? RW : RO)};
    assert_done(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL));
    assert_int_equal(done, 40);
    u[25].val = pte(t.l2, RW);
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_EBUSY,
                   "page_table.ebusy.writable_page_table");
    assert_int_equal(done, 25);
    for (fake_preempt_in = 1; fake_preempt_in < 4; fake_preempt_in++) {
        unsigned int n = fake_preempt_in;

        u[25].val = 0;
        assert_done(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL));
        assert_int_equal(done, 40);
        fake_preempt_in = n;
        u[25].val = pte(t.l2, RW);
        fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL);
        assert_int_equal(done, 25);
        fake_preempt_in = n;
    }
    fake_preempt_in = 0;
    args[0] = 8;
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_EFAULT, "guest_copy.efault.read");
    assert_int_equal(done, 0);
}

static long update_va(uint64_t va, uint64_t val, uint64_t flags)
{
    uint64_t args[6] = {va, val, flags};

    return fake_hypercall(__HYPERVISOR_update_va_mapping, args, NULL, NULL);
}

/* Requests for one table are done in a run; each is looked at all the same, and so is the table after anything else. */
static void runs_look_at_every_request(void **state)
{
    const uint64_t table = t.l1[1] << PAGE_SHIFT;
    mfn_t foreign = page(other);
    struct mmu_update u[4] = {{table, pte(t.data[0], RW)}, {table + 8, pte(t.data[1], RW)}};
    uint32_t done = 0;
    uint64_t args[6] = {(uint64_t)u, 4, (uint64_t)&done, DOMID_SELF};

    (void)state;
    u[2] = (struct mmu_update){(table + 16) | MMU_PT_UPDATE_NO_TRANSLATE, pte(t.data[2], RO)};
    u[3] = (struct mmu_update){(table + 24) | 7, pte(t.data[2], RO)};
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_ENOSYS,
                   "mmu_update.enosys.bad_command");
    assert_int_equal(done, 3);
    assert_int_equal(pt_entries(t.l1[1])[3], 0);
    u[2].val = u[3].val = pte(t.l4, RW);
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_EBUSY,
                   "page_table.ebusy.writable_page_table");
    assert_int_equal(done, 2);
    u[1].ptr = foreign << PAGE_SHIFT;
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_EINVAL,
                   "mmu_update.einval.frame_not_owned");
    assert_int_equal(done, 1);
    u[1].ptr = table | 1ul << 63;
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_EINVAL,
                   "mmu_update.einval.frame_not_owned");
    assert_int_equal(done, 1);
    /* The table goes in the middle of the batch: what follows is an ordinary page's business. */
    u[1] = (struct mmu_update){t.l2 << PAGE_SHIFT | 8, 0};
    u[2] = (struct mmu_update){table + 16, pte(t.l4, RW)};
    args[1] = 3;
    assert_done(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL));
    assert_int_equal(frame_type(frame_of(t.l1[1])), FRAME_WRITABLE);
    assert_refused(set_entry(t.l2, 1, pte(t.l1[1], RW)), -XEN_EBUSY, "page_table.ebusy.writable_page_table");
}

static void by_virtual_address(void **state)
{
    uint64_t all = ~0ul;
    unsigned long flushes;

    (void)state;
    assert_done(update_va(0x7000, pte(t.data[1], RW), UVMF_INVLPG));
    assert_int_equal(pt_entries(t.l1[0])[7], pte(t.data[1], RW));
    assert_refused(update_va(0x40000000, 0, 0), -XEN_EINVAL, "update_va_mapping.einval.no_l1_table");
    assert_refused(update_va(0xffff800000000000, 0, 0), -XEN_EINVAL, "update_va_mapping.einval.hypervisor_address");
    assert_refused(update_va(0xffff87ffffffffff, 0, 0), -XEN_EINVAL, "update_va_mapping.einval.hypervisor_address");
    assert_refused(update_va(1ul << 50, 0, 0), -XEN_EINVAL, "update_va_mapping.einval.hypervisor_address");
    assert_refused(update_va(0x7000, pte(t.l1[0], RW), 0), -XEN_EBUSY, "page_table.ebusy.writable_page_table");
    flushes = fake_flushes;
    assert_done(update_va(0x7000, 0, UVMF_TLB_FLUSH | UVMF_LOCAL));
    assert_int_equal(fake_flushes, flushes + 1);
    assert_done(update_va(0x7000, 0, UVMF_TLB_FLUSH | UVMF_ALL));
    assert_int_equal(fake_flushes, flushes + 3);
    assert_done(update_va(0x7000, 0, UVMF_TLB_FLUSH | UVMF_MULTI | (uint64_t)&all));
    assert_int_equal(fake_flushes, flushes + 5);
    all = 1;
    assert_done(update_va(0x7000, 0, UVMF_TLB_FLUSH | UVMF_MULTI | (uint64_t)&all));
    assert_int_equal(fake_flushes, flushes + 6);
    assert_refused(update_va(0x7000, 0, UVMF_TLB_FLUSH | UVMF_MULTI | 8), -XEN_EFAULT, "guest_copy.efault.read");
}

/* va 0x3000 maps l1[0] itself, read-only; 0x4000 the l2. */
static void trapped_writes(void **state)
{
    struct vcpu *v = d->vcpu[0];
    uint64_t *e = pt_entries(t.l1[0]);

    (void)state;
    assert_int_equal(trapped_store(v, 0x3000 + 8 * 30, 0, pte(t.data[0], RW), 8, false), PT_WRITE_DONE);
    assert_int_equal(e[30], pte(t.data[0], RW));
    check_all();
    e[30] |= PTE_D;
    /* one byte: lock andb ~RW, the rest stays as it is */
    assert_int_equal(trapped_store(v, 0x3000 + 8 * 30, RW & 0xff, RW & 0xff, 1, true), TRAPPED_MISMATCH);
    assert_int_equal(trapped_store(v, 0x3000 + 8 * 30, (RW | PTE_D) & 0xff, RO | PTE_D, 1, true), PT_WRITE_DONE);
    assert_int_equal(e[30], pte(t.data[0], RO | PTE_D));
    check_all();
    assert_int_equal(trapped_store(v, 0x3000 + 8 * 30 + 4, 0, 1u << 31, 4, false), PT_WRITE_DONE);
    assert_int_equal(e[30], pte(t.data[0], RO | PTE_D) | PTE_NX);
    assert_int_equal(trapped_store(v, 0x3000 + 8 * 30 + 6, 0, 0, 4, false), PT_WRITE_NOT_TABLE);
    assert_int_equal(trapped_store(v, 0x4000, 0, 0, 8, false), PT_WRITE_NOT_TABLE);
    assert_int_equal(trapped_store(v, 0x0000, 0, 0, 8, false), PT_WRITE_NOT_TABLE);
    assert_int_equal(trapped_store(v, 0x6000, 0, 0, 8, false), PT_WRITE_NOT_TABLE);
    assert_int_equal(trapped_store(v, 0x40000000, 0, 0, 8, false), PT_WRITE_NOT_TABLE);
    assert_refused(trapped_store(v, 0x3000, 0, pte(t.l4, RW), 8, false), -XEN_EBUSY,
                   "page_table.ebusy.writable_page_table");
}

static void grants_are_mapped(void **state)
{
    struct vcpu *v = d->vcpu[0];
    mfn_t foreign = page(other), table = page(other);
    const uint64_t pte10 = t.l1[0] << 12 | 80;
    const uint32_t ro = GNTMAP_contains_pte | GNTMAP_readonly;
    unsigned long flushes;

    (void)state;
    assert_done(grant_map(v, 0x9000, 0, other, foreign));
    assert_int_equal(frame_of(foreign)->refs & FRAME_COUNT_MASK, 2);
    assert_int_equal(frame_type_count(frame_of(foreign)), 1);
    assert_done(grant_map(v, pte10, ro | 7u << _GNTMAP_guest_avail0, other, foreign));
    assert_int_equal(frame_type_count(frame_of(foreign)), 1);
    assert_int_equal(pt_entries(t.l1[0])[10], pte(foreign, RO | PTE_D | 0xe00));
    assert_done(grant_map(v, pte10, ro, other, foreign)); /* again, instead of it */
    assert_int_equal(frame_of(foreign)->refs & FRAME_COUNT_MASK, 3);
    assert_refused(grant_map(v, 0x40000000, 0, other, foreign), -1, "page_table.einval.no_l1_table");
    assert_refused(grant_map(v, (uint64_t)PT_SLOT_FIRST << 39, 0, other, foreign), -1, "page_table.einval.no_l1_table");
    assert_refused(grant_map(v, t.l2 << 12, ro, other, foreign), -1, "page_table.einval.not_an_l1_entry");
    assert_refused(grant_map(v, pte10 + 1, ro, other, foreign), -1, "page_table.einval.not_an_l1_entry");
    assert_refused(grant_unmap(v, 0x0000, 0, foreign), -1, "page_table.einval.grant_not_mapped_here");
    assert_refused(grant_unmap(v, pte10, GNTMAP_contains_pte, foreign), -1, "page_table.einval.grant_not_mapped_here");
    flushes = fake_flushes;
    assert_done(grant_unmap(v, 0x9000, 0, foreign));
    assert_true(fake_flushes > flushes);
    assert_done(set_entry(t.l1[0], 10, 0)); /* behind the grant's back */
    assert_int_equal(frame_of(foreign)->refs & FRAME_COUNT_MASK, 1);
    assert_done(grant_map(v, 0xc000, 0, other, table));
    fake_run(other->vcpu[0]);
    assert_refused(mmuext(MMUEXT_PIN_L1_TABLE, table), -XEN_EINVAL, "page_table.einval.child_writable_mapped");
    fake_run(d->vcpu[0]);
    assert_done(grant_unmap(v, 0xc000, 0, table));
    fake_run(other->vcpu[0]);
    assert_done(mmuext(MMUEXT_PIN_L1_TABLE, table));
    assert_done(mmuext(MMUEXT_UNPIN_TABLE, table));
    fake_run(d->vcpu[0]);
}

/* A frame that is in use ever so often: its count stops below its end. */
static void grants_do_not_overflow(void **state)
{
    struct frame *f = frame_of(page(other));
    uint64_t refs = f->refs;

    (void)state;
    f->refs = refs + INT32_MAX - (uint32_t)refs; /* one more, the pin's, is too many for another */
    fake_forget_refusal();
    assert_int_equal(grant_map(d->vcpu[0], 0x9000, 0, other, frame_mfn(f)), -1);
    assert_string_equal(fake_refusal(), "page_table.ebusy.count_overflow");
    assert_int_equal(frame_type_count(f), 0);
    f->refs = refs;
}

static void memory_is_the_callers_own(void **state)
{
    struct mmu_update u = {t.l1[0] << 12 | 160, 0};
    uint64_t args[6] = {(uint64_t)&u, 1, 0, 2};
    mfn_t foreign = page(other);

    (void)state;
    u.val = pte(foreign, RW);
    d->privileged = true; /* which makes no difference */
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_EPERM,
                   "page_table.eperm.foreign_domain");
    args[3] = 3ul << 16 | DOMID_SELF; /* the tables' owner, plus one */
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_EPERM,
                   "page_table.eperm.foreign_domain");
    args[3] = 17;
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_ESRCH,
                   "page_table.esrch.unknown_domain");
    args[3] = 1;
    assert_refused(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL), -XEN_ESRCH,
                   "page_table.esrch.own_domid");
    u.val = pte(page(d), RW);
    args[3] = 2ul << 16 | DOMID_SELF; /* here the ABI takes the caller's number */
    assert_done(fake_hypercall(__HYPERVISOR_mmu_update, args, NULL, NULL));
    d->privileged = false;
    assert_int_equal(set_entry(t.l1[0], 20, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAGES_TEST(plain_memory_is_stored_to), PAGES_TEST(accessed_and_dirty_survive),
        PAGES_TEST(batches_stop_at_the_first_refusal), PAGES_TEST(runs_look_at_every_request),
        PAGES_TEST(by_virtual_address), PAGES_TEST(trapped_writes),
        PAGES_TEST(grants_are_mapped), PAGES_TEST(grants_do_not_overflow), PAGES_TEST(memory_is_the_callers_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
