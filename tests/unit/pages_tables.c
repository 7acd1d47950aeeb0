/* SPDX-License-Identifier: MIT */
/* What may be in a page table, and what holds one: rule by rule, each refusal by its row. */
#include "unit.h"
#include "tables.h"
#include "memory/frame.h"
#include <xen/memory.h>
#include <xen/xen.h>

static struct domain *d, *other;
static struct tree t;

static int setup(void **state)
{
    (void)state;
    fake_reset();
    d = fake_domain(1, 2, 300);
    other = fake_domain(2, 1, 100);
    fake_run(d->vcpu[0]);
    t = tree_new(d);
    assert_int_equal(mmuext(MMUEXT_PIN_L4_TABLE, t.l4), 0);
    assert_int_equal(mmuext(MMUEXT_NEW_BASEPTR, t.l4), 0);
    check_all();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    check_all();
    domain_end(d);
    domain_end(other);
    return 0;
}

#define assert_refused(what, rc, row)                                                              \
    do {                                                                                           \
        fake_forget_refusal();                                                                     \
        assert_int_equal(what, rc);                                                                \
        assert_string_equal(fake_refusal(), row);                                                  \
        check_all();                                                                               \
    } while (0)

#define assert_done(what)                                                                          \
    do {                                                                                           \
        assert_int_equal(what, 0);                                                                 \
        check_all();                                                                               \
    } while (0)

static void pinning_counts_uses(void **state)
{
    (void)state;
    assert_int_equal(frame_type(frame_of(t.l4)), FRAME_L4);
    assert_int_equal(frame_type_count(frame_of(t.l4)), 2); /* pin and root */
    assert_int_equal(frame_type_count(frame_of(t.l3)), 1);
    assert_int_equal(frame_type_count(frame_of(t.l1[0])), 1);
    assert_int_equal(frame_type_count(frame_of(t.data[0])), 1);
    assert_int_equal(frame_type_count(frame_of(t.data[2])), 0);
    assert_int_equal(frame_of(t.data[2])->refs & FRAME_COUNT_MASK, 2);
    assert_int_equal(frame_of(t.l1[0])->refs & FRAME_COUNT_MASK, 3); /* list, l2 entry, read-only mapping */
}

static void our_slots_are_in_every_root(void **state)
{
    (void)state;
    for (unsigned int i = 256; i <= 271; i++)
        assert_true(pt_entries(t.l4)[i] >> 48 == 0xdead);
    assert_int_equal(pt_entries(t.l4)[272], 0);
    assert_refused(set_entry(t.l4, 256, 0), -XEN_EINVAL, "page_table.einval.hypervisor_slot");
    assert_refused(set_entry(t.l4, 271, pte(t.l3, RW)), -XEN_EINVAL, "page_table.einval.hypervisor_slot");
    assert_done(set_entry(t.l4, 272, pte(t.l3, RW)));
    assert_done(set_entry(t.l4, 255, pte(t.l3, RW)));
}

static void user_is_forced_and_global_is_not(void **state)
{
    (void)state;
    assert_done(set_entry(t.l1[0], 9, pte(t.data[0], PTE_P | PTE_RW | PTE_G | PTE_D)));
    assert_int_equal(pt_entries(t.l1[0])[9], pte(t.data[0], PTE_P | PTE_RW | PTE_US | PTE_D));
    assert_done(set_entry(t.l1[0], 9, pte(t.data[0], PTE_P | PTE_RW | PTE_G | 0xe00 | PTE_NX | 1ul << 58)));
    assert_int_equal(pt_entries(t.l1[0])[9], pte(t.data[0], PTE_P | PTE_RW | PTE_US | 0xe00 | PTE_NX | 1ul << 58));
    assert_done(set_entry(t.l2, 9, pte(t.l1[1], PTE_P)));
    assert_int_equal(pt_entries(t.l2)[9], pte(t.l1[1], PTE_P | PTE_US));
    assert_done(set_entry(t.l1[0], 9, 0x123456789abcdef0)); /* not present: anything */
    assert_int_equal(pt_entries(t.l1[0])[9], 0x123456789abcdef0);
}

static void tables_are_never_writable(void **state)
{
    const mfn_t tables[] = {t.l4, t.l3, t.l2, t.l1[0], t.l1[1]};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
        assert_refused(set_entry(t.l1[0], 20, pte(tables[i], RW)), -XEN_EBUSY, "page_table.ebusy.writable_page_table");
        assert_done(set_entry(t.l1[0], 20, pte(tables[i], RO)));
        assert_refused(set_entry(t.l1[0], 20, pte(tables[i], RW)), -XEN_EBUSY, "page_table.ebusy.writable_page_table");
    }
}

static void writable_frames_become_no_tables(void **state)
{
    mfn_t m = page(d);

    (void)state;
    assert_done(set_entry(t.l1[0], 20, pte(m, RW)));
    assert_refused(mmuext(MMUEXT_PIN_L1_TABLE, m), -XEN_EINVAL, "page_table.einval.child_writable_mapped");
    assert_refused(set_entry(t.l2, 20, pte(m, RW)), -XEN_EINVAL, "page_table.einval.child_writable_mapped");
    assert_done(set_entry(t.l1[0], 20, pte(m, RO)));
    assert_done(set_entry(t.l2, 20, pte(m, RW)));
    assert_refused(mmuext(MMUEXT_PIN_L2_TABLE, m), -XEN_EINVAL, "page_table.einval.table_wrong_type");
    assert_done(set_entry(t.l2, 20, 0));
    assert_done(mmuext(MMUEXT_PIN_L3_TABLE, m));
    assert_done(mmuext(MMUEXT_UNPIN_TABLE, m));
    assert_done(set_entry(t.l1[0], 20, pte(m, RW)));
}

static void superpages_and_bad_bits(void **state)
{
    (void)state;
    assert_refused(set_entry(t.l2, 5, pte(t.data[0], RW | PTE_PSE)), -XEN_EINVAL, "page_table.einval.superpage_l2e");
    assert_refused(set_entry(t.l3, 5, pte(t.data[0], RW | PTE_PSE)), -XEN_EINVAL, "page_table.einval.superpage_l3e");
    assert_refused(set_entry(t.l4, 5, pte(t.l3, RW | PTE_PSE)), -XEN_EINVAL, "page_table.einval.l4e_reserved_bits");
    assert_refused(set_entry(t.l2, 5, pte(t.l1[0], RW | PTE_G)), -XEN_EINVAL, "page_table.einval.l2e_reserved_bits");
    assert_refused(set_entry(t.l3, 5, pte(t.l2, RW | PTE_PCD)), -XEN_EINVAL, "page_table.einval.l3e_reserved_bits");
    assert_refused(set_entry(t.l1[0], 5, pte(t.data[0], RW | PTE_PWT)), -XEN_EINVAL,
                   "page_table.einval.l1e_reserved_bits");
    assert_refused(set_entry(t.l1[0], 0, pte(t.data[0], RW | PTE_PAT)), -XEN_EINVAL,
                   "page_table.einval.l1e_reserved_bits"); /* also where the frame stays the same */
    d->privileged = true;
    assert_refused(set_entry(t.l1[0], 5, pte(t.data[0], RW) | 1ul << 50), -XEN_EPERM,
                   "page_table.eperm.frame_beyond_memory");
    assert_done(set_entry(t.l1[0], 5, pte(t.data[0], RW | PTE_PWT)));
    d->privileged = false;
}

static void frames_have_owners(void **state)
{
    mfn_t foreign = page(other);

    (void)state;
    assert_refused(set_entry(t.l1[0], 20, pte(foreign, RO)), -XEN_EBUSY, "page_table.ebusy.frame_not_owned");
    assert_refused(set_entry(t.l2, 20, pte(foreign, RO)), -XEN_EINVAL, "page_table.einval.child_not_owned");
    assert_refused(mmuext(MMUEXT_PIN_L1_TABLE, foreign), -XEN_EINVAL, "page_table.einval.table_not_owned");
    assert_refused(mmuext(MMUEXT_NEW_BASEPTR, foreign), -XEN_EINVAL, "page_table.einval.table_not_owned");
    assert_refused(mmuext(MMUEXT_NEW_BASEPTR, 0), -XEN_EINVAL, "page_table.einval.table_not_owned");
    assert_refused(set_entry(t.l1[0], 20, pte(3, RO)), -XEN_EBUSY, "page_table.ebusy.frame_hypervisor");
    assert_refused(set_entry(t.l1[0], 20, pte(FAKE_FRAMES, RO)), -XEN_EPERM, "page_table.eperm.frame_beyond_memory");
    assert_refused(set_entry(t.l1[0], 20, pte(PTE_ADDR >> 12, RO)), -XEN_EINVAL, "page_table.einval.frame_invalid");
    assert_refused(set_entry(foreign, 0, 0), -XEN_EINVAL, "mmu_update.einval.frame_not_owned");
    assert_refused(set_entry(FAKE_FRAMES + 5, 0, 0), -XEN_EINVAL, "mmu_update.einval.frame_not_owned");
    d->privileged = true;
    assert_done(set_entry(t.l1[0], 20, pte(FAKE_FRAMES + 7, RW | PTE_PCD)));
    assert_done(set_entry(t.l1[0], 20, pte(0xfed00, RW | PTE_PCD))); /* the HPET */
    for (size_t i = 0; i < 4; i++)
        assert_refused(set_entry(t.l1[0], 21, pte((mfn_t[]){0xfec00, 0xfecff, 0xfee00, 0xfeeff}[i], RO)), -XEN_EPERM,
                       "page_table.eperm.frame_beyond_memory");
    d->privileged = false;
    assert_done(set_entry(t.l1[0], 20, 0));
}

static void levels_do_not_mix(void **state)
{
    (void)state;
    assert_refused(set_entry(t.l4, 7, pte(t.l4, RW)), -XEN_EINVAL, "page_table.einval.linear_map");
    assert_refused(set_entry(t.l3, 7, pte(t.l3, RW)), -XEN_EINVAL, "page_table.einval.linear_map");
    assert_refused(set_entry(t.l2, 7, pte(t.l3, RW)), -XEN_EINVAL, "page_table.einval.child_wrong_type");
    assert_refused(set_entry(t.l4, 7, pte(t.l1[0], RW)), -XEN_EINVAL, "page_table.einval.child_wrong_type");
    assert_refused(mmuext(MMUEXT_PIN_L4_TABLE, t.l3), -XEN_EINVAL, "page_table.einval.table_wrong_type");
}

static void pins_come_in_pairs(void **state)
{
    (void)state;
    assert_refused(mmuext(MMUEXT_PIN_L4_TABLE, t.l4), -XEN_EINVAL, "mmuext_op.einval.already_pinned");
    assert_done(mmuext(MMUEXT_PIN_L1_TABLE, t.l1[0]));
    assert_done(mmuext(MMUEXT_UNPIN_TABLE, t.l1[0]));
    assert_refused(mmuext(MMUEXT_UNPIN_TABLE, t.l1[0]), -XEN_EINVAL, "mmuext_op.einval.not_pinned");
    assert_refused(mmuext(MMUEXT_UNPIN_TABLE, 3), -XEN_EINVAL, "mmuext_op.einval.pin_not_owned");
    assert_refused(mmuext(99, 0), -XEN_ENOSYS, "mmuext_op.enosys.unknown_op");
    assert_refused(mmuext(14, 0), -XEN_ENOSYS, "mmuext_op.enosys.unknown_op");
    assert_refused(mmuext(MMUEXT_MARK_SUPER, 0), -XEN_EOPNOTSUPP, "mmuext_op.eopnotsupp.superpage");
    assert_refused(mmuext(MMUEXT_FLUSH_CACHE, 0), -XEN_EACCES, "mmuext_op.eacces.flush_cache");
}

/* The loaded root stays whole though nothing but the vcpu holds it; it goes when another is loaded. */
static void roots_hold_their_tree(void **state)
{
    struct tree u = tree_new(d);

    (void)state;
    assert_done(mmuext(MMUEXT_UNPIN_TABLE, t.l4));
    assert_int_equal(frame_type_count(frame_of(t.l4)), 1);
    assert_done(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l4));
    assert_done(mmuext(MMUEXT_NEW_BASEPTR, u.l4));
    assert_int_equal(frame_type_count(frame_of(t.l4)), 1);
    assert_done(mmuext(MMUEXT_NEW_USER_BASEPTR, 0));
    assert_done(mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0));
    assert_done(mmu_update1(3ul << 12 | 1, 0) == -XEN_EINVAL ? 0 : 1); /* a memory call pays what is owed */
    assert_int_equal(frame_type_count(frame_of(t.l4)), 0);
    assert_int_equal(frame_type_count(frame_of(t.data[0])), 0);
    for (unsigned int i = 256; i <= 271; i++)
        assert_int_equal(pt_entries(t.l4)[i], 0);
}

/* What is in use already is shared without a second look: only by its owner, as what it is, and never beyond a count. */
static void shared_roots_are_still_checked(void **state)
{
    struct frame *f = frame_of(t.l4);
    uint64_t refs = f->refs, type = f->type;

    (void)state;
    fake_run(other->vcpu[0]);
    assert_refused(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l4), -XEN_EINVAL, "page_table.einval.table_not_owned");
    fake_run(d->vcpu[0]);
    assert_refused(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l3), -XEN_EINVAL, "page_table.einval.table_wrong_type");
    assert_refused(mmuext(MMUEXT_NEW_USER_BASEPTR, t.data[0]), -XEN_EINVAL, "page_table.einval.child_writable_mapped");
    assert_refused(mmuext(MMUEXT_NEW_USER_BASEPTR, FAKE_FRAMES), -XEN_EINVAL, "page_table.einval.table_not_owned");

    f->type += FRAME_COUNT_MASK - (type & FRAME_COUNT_MASK);
    assert_true(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l4) < 0);
    assert_int_equal(f->type & FRAME_COUNT_MASK, FRAME_COUNT_MASK);
    f->type = type;
    f->refs += FRAME_COUNT_MASK - (refs & FRAME_COUNT_MASK);
    assert_true(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l4) < 0);
    assert_int_equal(f->refs & FRAME_COUNT_MASK, FRAME_COUNT_MASK);
    f->refs = refs;
    assert_done(mmuext(MMUEXT_NEW_USER_BASEPTR, t.l4));
    assert_int_equal(frame_type_count(f), (type & FRAME_COUNT_MASK) + 1);
    assert_done(mmuext(MMUEXT_NEW_USER_BASEPTR, 0));
    assert_true(f->type == type && f->refs == refs);
}

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

static void walks_for_dumps(void **state)
{
    uint64_t e[4];

    (void)state;
    assert_true(pt_walk_va(t.l4, 0x2123, e));
    assert_int_equal(pte_mfn(e[0]), t.l3);
    assert_int_equal(pte_mfn(e[3]), t.data[2]);
    assert_false(pt_walk_va(t.l4, 0x9000, e));
    assert_int_equal(pte_mfn(e[2]), t.l1[0]);
    assert_int_equal(e[3], 0);
    assert_false(pt_walk_va(t.l4, 0xffff800000000000, e));
    assert_false(pt_walk_va(999999, 0, e));
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

static void descriptor_pages(void **state)
{
    mfn_t m = page(d), bad = page(d);

    (void)state;
    pt_entries(bad)[100] = 1;
    assert_refused(segdesc_get(d, bad), -XEN_EINVAL, "descriptor.einval.bad_descriptor");
    assert_int_equal(segdesc_get(d, m), 0);
    d->vcpu[0]->ldt_frame[3] = m;
    assert_refused(set_entry(t.l1[0], 20, pte(m, RW)), -XEN_EBUSY, "page_table.ebusy.writable_descriptor_frame");
    assert_done(set_entry(t.l1[0], 20, pte(m, RO)));
    assert_refused(segdesc_get(d, t.data[0]), -XEN_EINVAL, "descriptor.einval.frame_writable");
    assert_refused(segdesc_get(d, t.l1[0]), -XEN_EINVAL, "descriptor.einval.frame_writable");
    assert_refused(segdesc_get(d, page(other)), -XEN_EINVAL, "descriptor.einval.frame_not_owned");
    assert_refused(mmuext(MMUEXT_CLEAR_PAGE, m), -XEN_EINVAL, "mmuext_op.einval.clear_page_frame");
    d->vcpu[0]->ldt_frame[3] = 0;
    segdesc_put(d, m);
    assert_done(set_entry(t.l1[0], 20, pte(m, RW)));
}

static void pages_cleared_and_copied(void **state)
{
    mfn_t m = page(d);

    (void)state;
    memset(mfn_ptr(m), 7, PAGE_SIZE);
    assert_done(mmuext2(MMUEXT_COPY_PAGE, t.data[0], m));
    assert_memory_equal(mfn_ptr(t.data[0]), mfn_ptr(m), PAGE_SIZE);
    assert_done(mmuext(MMUEXT_CLEAR_PAGE, m));
    assert_int_equal(pt_entries(m)[77], 0);
    assert_refused(mmuext(MMUEXT_CLEAR_PAGE, t.l1[0]), -XEN_EINVAL, "mmuext_op.einval.clear_page_frame");
    assert_refused(mmuext2(MMUEXT_COPY_PAGE, t.l4, m), -XEN_EINVAL, "mmuext_op.einval.copy_page_destination");
    assert_refused(mmuext2(MMUEXT_COPY_PAGE, m, 3), -XEN_EINVAL, "mmuext_op.einval.copy_page_source");
}

static long memory_op(unsigned int cmd, void *arg)
{
    uint64_t args[6] = {cmd, (uint64_t)arg};

    return fake_hypercall(__HYPERVISOR_memory_op, args, NULL, NULL);
}

static void reservations(void **state)
{
    uint64_t list[20], mapped;
    struct xen_memory_reservation r = {.nr_extents = 20, .domid = DOMID_SELF};
    uint32_t before = d->tot_pages;

    (void)state;
    r.extent_start.p = list;
    for (unsigned int i = 0; i < 20; i++)
        list[i] = 1000 + i * 2;
    r.extent_order = 1;
    fake_preempt_chance = 128;
    assert_int_equal(memory_op(XENMEM_populate_physmap, &r), 20);
    assert_int_equal(d->tot_pages, before + 40);
    for (unsigned int i = 0; i < 20; i++) {
        assert_int_equal(frame_m2p[list[i]], 1000 + i * 2);
        assert_int_equal(frame_m2p[list[i] + 1], 1001 + i * 2);
    }
    check_all();
    /* still mapped: it goes when the mapping does */
    mapped = list[3];
    assert_done(set_entry(t.l1[0], 40, pte(mapped, RW)));
    assert_int_equal(memory_op(XENMEM_decrease_reservation, &r), 20);
    assert_int_equal(d->tot_pages, before + 1);
    check_all();
    assert_done(set_entry(t.l1[0], 40, 0));
    assert_int_equal(d->tot_pages, before);
    fake_preempt_chance = 0;
    list[0] = t.l4;
    r.extent_order = 0;
    fake_forget_refusal();
    assert_int_equal(memory_op(XENMEM_decrease_reservation, &r), 0);
    assert_string_equal(fake_refusal(), "memory_op.short.decrease_in_use");
    list[0] = page(other);
    assert_int_equal(memory_op(XENMEM_decrease_reservation, &r), 0);
    assert_string_equal(fake_refusal(), "memory_op.short.decrease_not_owned");
    d->max_pages = d->tot_pages + 5;
    assert_int_equal(memory_op(XENMEM_increase_reservation, &r), 5);
    assert_string_equal(fake_refusal(), "memory_op.short.reservation_full");
    check_all();
}

static void exchanges(void **state)
{
    uint64_t in[8], out[2] = {500, 600};
    struct xen_memory_exchange x = {
        .in = {.nr_extents = 8, .domid = DOMID_SELF}, .out = {.nr_extents = 2, .extent_order = 2, .domid = DOMID_SELF}};
    uint32_t before;

    (void)state;
    x.in.extent_start.p = in;
    x.out.extent_start.p = out;
    for (unsigned int i = 0; i < 8; i++)
        in[i] = page(d);
    before = d->max_pages = d->tot_pages;
    fake_preempt_chance = 128;
    assert_done(memory_op(XENMEM_exchange, &x));
    fake_preempt_chance = 0;
    assert_int_equal(x.nr_exchanged, 8);
    assert_int_equal(d->tot_pages, before);
    assert_true(is_aligned(out[1], 4));
    assert_int_equal(frame_m2p[out[1] + 3], 603);
    assert_int_equal(memory_op(XENMEM_exchange, &x), 0); /* nothing left to do */
    x.nr_exchanged = 0;
    assert_refused(memory_op(XENMEM_exchange, &x), -XEN_EINVAL, "memory_op.einval.exchange_not_owned");
    in[0] = t.data[0];
    assert_refused(memory_op(XENMEM_exchange, &x), -XEN_EINVAL, "memory_op.einval.exchange_in_use");
    x.out.nr_extents = 3;
    assert_refused(memory_op(XENMEM_exchange, &x), -XEN_EINVAL, "memory_op.einval.exchange_bad_shape");
    for (unsigned int i = 0; i < 8; i++)
        in[i] = out[0] + (i & 3), out[0] += i == 3 ? out[1] - out[0] : 0;
    x.out.nr_extents = 8, x.out.extent_order = 0, in[7] = in[6];
    uint64_t singles[8] = {0};
    x.out.extent_start.p = singles;
    memory_op(XENMEM_exchange, &x); /* one frame named twice: whatever comes of it, the books are right */
    check_all();
}

static void dying_in_the_middle(void **state)
{
    struct tree u = tree_new(d);

    (void)state;
    long rc = pt_enter(d);

    assert_int_equal(rc, 0);
    fake_preempt_in = 2;
    rc = pt_pin(d, u.l4, FRAME_L4);
    assert_int_equal(rc, -XEN_ERESTART);
    pt_leave(d, rc);
    fake_preempt_in = 0;
    check_all(); /* teardown() ends the domain from here */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(pinning_counts_uses), T(our_slots_are_in_every_root), T(user_is_forced_and_global_is_not),
        T(tables_are_never_writable), T(writable_frames_become_no_tables), T(superpages_and_bad_bits),
        T(frames_have_owners), T(levels_do_not_mix), T(pins_come_in_pairs), T(roots_hold_their_tree),
        T(shared_roots_are_still_checked), T(plain_memory_is_stored_to), T(accessed_and_dirty_survive), T(batches_stop_at_the_first_refusal), T(runs_look_at_every_request),
        T(by_virtual_address), T(trapped_writes), T(walks_for_dumps), T(grants_are_mapped), T(grants_do_not_overflow),
        T(memory_is_the_callers_own), T(descriptor_pages), T(pages_cleared_and_copied), T(reservations),
        T(exchanges), T(dying_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
