/* SPDX-License-Identifier: MIT */
/* Refusals: the value, the line on the console, the rate, the counts. */
#include "fake_domain.h"

static struct domain *d;

static int setup(void **state)
{
    (void)state;
    fake_domain_reset(1);
    d = fake_domain_new(3, 2);
    refuse_explained = true;
    fake_on(0);
    fake_current(d->vcpu[1]);
    guest_regs()->rax = __HYPERVISOR_event_channel_op;
    return 0;
}

static void test_line(void **state)
{
    (void)state;
    assert_int_equal(refuse(event_channel_op_eexist_virq_bound, 1, 2, 3), -17);
    assert_string_equal(fake_said, "d3v1 event_channel_op refused -EEXIST: virq 1 is bound on vcpu 2 already, to port 3; "
                                   "close the first port, or use it (event_channel_op.eexist.virq_bound)");
    assert_int_equal(this_cpu()->refusal_n, 3);
    assert_int_equal(this_cpu()->refusal_value[2], 3);
}

static void test_index_is_of_this_call_only(void **state)
{
    (void)state;
    d->vcpu[1]->hypercalls = 5;
    refuse_index(7);
    refuse(guest_copy_efault_read, 0x1000, 8);
    assert_contains(fake_said, "d3v1 event_channel_op[7] refused -EFAULT: cannot read 8 bytes at 0x1000");
    d->vcpu[1]->hypercalls = 6;
    refuse(guest_copy_efault_read, 0x1000, 8);
    assert_contains(fake_said, "event_channel_op refused");
    d->vcpu[1]->in_multicall = true;
    refuse_index(2);
    refuse(guest_copy_efault_read, 0x1000, 8);
    assert_contains(fake_said, "multicall[2] refused");
}

static void test_grant_status(void **state)
{
    (void)state;
    assert_int_equal(refuse(grant_table_op_gnttab_bad_handle, 9), GNTST_bad_handle);
    assert_contains(fake_said, "refused GNTST_bad_handle: handle 9");
}

static void test_rate(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 1000; i++)
        refuse(guest_copy_efault_read, i, 8);
    assert_int_equal(fake_lines, 20);
    fake_now += 2000000000;
    refuse(guest_copy_efault_read, 0, 8);
    assert_int_equal(fake_lines, 22); /* "980 more", and this one */
}

static void test_silent_without_explain(void **state)
{
    (void)state;
    d->explain = false;
    assert_int_equal(refuse(guest_copy_efault_read, 1, 8), -14);
    assert_int_equal(fake_lines, 0);
    assert_string_equal(fake_refusal(), "guest_copy.efault.read");
}

static void test_rows(void **state)
{
    unsigned int before;

    (void)state;
    refuse(vm_assist_enosys_bad_command, 1);
    before = fake_lines;
    refuse_dump_rows();
    assert_true(fake_lines > before);
    assert_contains(fake_said, "row: ");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fake_domain_end)
    const struct CMUnitTest tests[] = {
        T(test_line), T(test_index_is_of_this_call_only), T(test_grant_status), T(test_rate), T(test_silent_without_explain),
        T(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
