/* SPDX-License-Identifier: MIT */
/* What may be in a page table, and what holds one: rule by rule, each refusal by its row. */
#include "pages_check.h"

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
    assert_refused(set_entry(t.l2, 5, pte(t.data[0], RW | PTE_PSE)), -XEN_EINVAL, "page_table.einval.superpage");
    assert_refused(set_entry(t.l3, 5, pte(t.data[0], RW | PTE_PSE)), -XEN_EINVAL, "page_table.einval.superpage");
    assert_refused(set_entry(t.l4, 5, pte(t.l3, RW | PTE_PSE)), -XEN_EINVAL, "page_table.einval.table_entry_bits");
    assert_refused(set_entry(t.l2, 5, pte(t.l1[0], RW | PTE_G)), -XEN_EINVAL, "page_table.einval.table_entry_bits");
    assert_refused(set_entry(t.l3, 5, pte(t.l2, RW | PTE_PCD)), -XEN_EINVAL, "page_table.einval.table_entry_bits");
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
    const struct CMUnitTest tests[] = {
        PAGES_TEST(pinning_counts_uses), PAGES_TEST(our_slots_are_in_every_root),
        PAGES_TEST(user_is_forced_and_global_is_not), PAGES_TEST(tables_are_never_writable),
        PAGES_TEST(writable_frames_become_no_tables), PAGES_TEST(superpages_and_bad_bits),
        PAGES_TEST(frames_have_owners), PAGES_TEST(levels_do_not_mix), PAGES_TEST(pins_come_in_pairs),
        PAGES_TEST(roots_hold_their_tree), PAGES_TEST(shared_roots_are_still_checked),
        PAGES_TEST(dying_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
