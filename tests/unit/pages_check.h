/* SPDX-License-Identifier: MIT */
/* Page tables tested rule by rule: a domain with a loaded tree, another one, and every count right after each step. */
#ifndef UNIT_PAGES_CHECK_H
#define UNIT_PAGES_CHECK_H

#include "unit.h"
#include "tables.h"
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

#define PAGES_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
