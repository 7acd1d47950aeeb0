/* SPDX-License-Identifier: MIT */
/* The scheduler: who runs, for how long, and that nobody is forgotten. */
#include "fake_domain.h"
#include <xen/sched.h>

#define MS 1000000ul

static int setup(void **state)
{
    (void)state;
    fake_domain_reset(2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_domain_free_all();
    return 0;
}

/* A domain's first vcpu, running on pcpu 0, which is the one we are on. */
static struct vcpu *running(struct domain *d)
{
    fake_up(d->vcpu[0]);
    fake_on(0);
    assert_ptr_equal(fake_switch(), d->vcpu[0]);
    return d->vcpu[0];
}

static uint64_t ran(struct vcpu *v)
{
    struct vcpu_runstate_info info;

    sched_runstate(v, &info);
    return info.time[RUNSTATE_running];
}

/* Runs pcpus 0..n-1 for that long, each switching whenever it is told to or its slice ends. */
static void run(unsigned int pcpus, uint64_t ns)
{
    for (uint64_t end = fake_now + ns; fake_now < end; fake_now += MS / 2) {
        for (unsigned int c = 0; c < pcpus; c++) {
            fake_on(c);
            timer_run();
            if (this_cpu()->need_resched || !current)
                fake_switch();
        }
    }
}

static void test_idle(void **state)
{
    (void)state;
    fake_on(0);
    assert_null(fake_switch());
    assert_int_equal(this_cpu()->slice_end, 0);
}

static void test_one_vcpu_has_no_slice(void **state)
{
    struct domain *d = fake_domain_new(1, 1);

    (void)state;
    fake_on(0);
    fake_up(d->vcpu[0]);
    assert_true(this_cpu()->need_resched);
    assert_ptr_equal(fake_switch(), d->vcpu[0]);
    assert_false(this_cpu()->need_resched);
    assert_int_equal(this_cpu()->slice_end, 0);
    assert_int_equal(d->vcpu[0]->sched.runstate.state, RUNSTATE_running);
}

static void test_equal_shares(void **state)
{
    struct domain *d = fake_domain_new(1, 3);

    (void)state;
    for (int i = 0; i < 3; i++)
        fake_up(d->vcpu[i]);
    run(1, 3000 * MS);
    for (int i = 0; i < 3; i++)
        assert_in_range(ran(d->vcpu[i]), 980 * MS, 1020 * MS);
}

static void test_weights(void **state)
{
    struct domain *light = fake_domain_new(1, 1), *heavy = fake_domain_new(2, 1);

    (void)state;
    heavy->weight = 3 * SCHED_WEIGHT;
    fake_up(light->vcpu[0]);
    fake_up(heavy->vcpu[0]);
    run(1, 4000 * MS);
    assert_in_range(ran(light->vcpu[0]), 980 * MS, 1020 * MS);
    assert_in_range(ran(heavy->vcpu[0]), 2980 * MS, 3020 * MS);
}

static void test_two_pcpus_three_vcpus(void **state)
{
    struct domain *d = fake_domain_new(1, 3);

    (void)state;
    for (int i = 0; i < 3; i++)
        fake_up(d->vcpu[i]);
    run(2, 3000 * MS);
    for (int i = 0; i < 3; i++)
        assert_in_range(ran(d->vcpu[i]), 1900 * MS, 2100 * MS);
}

/* The pcpus' clocks differ a little, and one may have read its own before another charged what runs there. */
static void test_a_clock_behind(void **state)
{
    struct domain *d = fake_domain_new(1, 3);

    (void)state;
    for (unsigned int i = 0; i < 2; i++) {
        fake_on(i);
        fake_up(d->vcpu[i]);
        fake_switch();
    }
    fake_now += MS;
    fake_up(d->vcpu[2]); /* charges both */
    fake_now -= 1000;
    fake_on(0);
    fake_switch();
    fake_now += 1000;
    run(2, 600 * MS);
    for (unsigned int i = 0; i < 3; i++)
        assert_in_range(ran(d->vcpu[i]), 380 * MS, 420 * MS);
}

/* One that slept long gets on soon, but cannot live on what it saved. */
static void test_sleeper(void **state)
{
    struct domain *d = fake_domain_new(1, 2);
    uint64_t before;

    (void)state;
    fake_on(1);
    this_cpu()->need_resched = true; /* as if it were about to do something else */
    fake_up(d->vcpu[0]);
    run(1, 2000 * MS);
    fake_up(d->vcpu[1]);
    run(1, 6 * MS);
    assert_true(ran(d->vcpu[1]) > 0);
    before = ran(d->vcpu[0]);
    run(1, 200 * MS);
    assert_in_range(ran(d->vcpu[0]) - before, 85 * MS, 115 * MS);
}

/* A vcpu that wakes runs before one that has had its time, at once if it is far behind. */
static void test_wake_preempts(void **state)
{
    struct domain *d = fake_domain_new(1, 2);

    (void)state;
    fake_on(1);
    this_cpu()->need_resched = true;
    d->vcpu[1]->up = true;
    d->vcpu[1]->sched.blocked = true;
    fake_up(d->vcpu[0]);
    run(1, 100 * MS);
    fake_on(0);
    assert_ptr_equal(current, d->vcpu[0]);
    sched_wake(d->vcpu[1]);
    assert_true(this_cpu()->need_resched);
    fake_now += 1000;
    assert_ptr_equal(fake_switch(), d->vcpu[1]);
}

static void test_wake_kicks_idle_pcpu(void **state)
{
    struct domain *d = fake_domain_new(1, 2);

    (void)state;
    running(d);
    fake_on(1);
    fake_switch();
    fake_on(0);
    fake_kicks[1] = 0;
    fake_up(d->vcpu[1]);
    assert_int_equal(fake_kicks[1], 1);
    fake_on(1);
    assert_true(this_cpu()->need_resched);
    assert_ptr_equal(fake_switch(), d->vcpu[1]);
}

static void test_block_and_wake(void **state)
{
    struct vcpu *v = running(fake_domain_new(1, 1));

    (void)state;
    assert_true(sched_block_current());
    assert_null(fake_switch());
    assert_int_equal(v->sched.runstate.state, RUNSTATE_blocked);
    assert_true(sched_is_off(v));
    sched_wake(v);
    assert_int_equal(v->sched.runstate.state, RUNSTATE_runnable);
    assert_ptr_equal(fake_switch(), v);
}

static void test_block_with_event_pending(void **state)
{
    struct vcpu *v = running(fake_domain_new(1, 1));

    (void)state;
    v->info->evtchn_upcall_pending = 1;
    assert_false(sched_block_current());
    assert_ptr_equal(fake_switch(), v);
    v->info->evtchn_upcall_mask = 1; /* pending but masked does not hold up a block */
    assert_true(sched_block_current());
}

/* Woken after it blocked but before the pcpu has looked: it goes on as if nothing had been. */
static void test_wake_before_pick(void **state)
{
    struct domain *d = fake_domain_new(1, 1);

    (void)state;
    running(d);
    sched_block_current();
    sched_wake(d->vcpu[0]);
    assert_ptr_equal(fake_switch(), d->vcpu[0]);
    assert_false(list_linked(&d->vcpu[0]->sched.link));
}

/* Woken between pick and release: nobody else may take it while its registers are still here, and nobody forgets. */
static void test_wake_before_release(void **state)
{
    struct vcpu *v = running(fake_domain_new(1, 1));

    (void)state;
    sched_block_current();
    assert_null(sched_pick());
    sched_wake(v);
    fake_on(1);
    assert_null(sched_pick());
    fake_on(0);
    this_cpu()->vcpu = NULL;
    sched_release(v);
    assert_true(this_cpu()->need_resched || fake_kicks[1]);
    fake_on(1);
    assert_ptr_equal(fake_switch(), v);
}

static void test_yield(void **state)
{
    struct domain *d = fake_domain_new(1, 2);

    (void)state;
    running(d);
    sched_yield_current();
    assert_false(this_cpu()->need_resched); /* nobody to yield to */
    fake_up(d->vcpu[1]);
    fake_on(1);
    this_cpu()->need_resched = false;
    fake_on(0);
    sched_yield_current();
    assert_true(this_cpu()->need_resched);
    assert_ptr_equal(fake_switch(), d->vcpu[1]);
    sched_yield_current();
    assert_ptr_equal(fake_switch(), d->vcpu[0]);
}

static void test_sleep(void **state)
{
    struct domain *d = fake_domain_new(1, 2);

    (void)state;
    running(d);
    fake_up(d->vcpu[1]);
    d->vcpu[1]->up = false;
    sched_sleep(d->vcpu[1]);
    assert_false(list_linked(&d->vcpu[1]->sched.link));
    assert_int_equal(d->vcpu[1]->sched.runstate.state, RUNSTATE_offline);
    d->vcpu[0]->up = false;
    sched_sleep(d->vcpu[0]);
    assert_true(this_cpu()->need_resched);
    assert_null(fake_switch());
    assert_true(sched_is_off(d->vcpu[0]));
    sched_wake(d->vcpu[0]); /* not up: stays where it is */
    assert_null(fake_switch());
}

static void test_runstate_sums_up(void **state)
{
    struct domain *d = fake_domain_new(1, 2);
    uint64_t start = fake_now;
    struct vcpu_runstate_info info;
    uint64_t sum = 0;

    (void)state;
    fake_up(d->vcpu[0]);
    fake_up(d->vcpu[1]);
    run(1, 100 * MS);
    sched_runstate(d->vcpu[1], &info);
    for (int i = 0; i < 4; i++)
        sum += info.time[i];
    assert_int_equal(sum, fake_now - start);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_idle), T(test_one_vcpu_has_no_slice), T(test_equal_shares), T(test_weights),
        T(test_two_pcpus_three_vcpus), T(test_a_clock_behind), T(test_sleeper), T(test_wake_preempts),
        T(test_wake_kicks_idle_pcpu), T(test_block_and_wake), T(test_block_with_event_pending), T(test_wake_before_pick), T(test_wake_before_release),
        T(test_yield), T(test_sleep), T(test_runstate_sums_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
