/* SPDX-License-Identifier: MIT */
/* Timers: order, the hardware timer, ticks that were missed, moves between pcpus; and the time page. */
#include "fake_domain.h"
#include <xen/sched.h>

#define MS 1000000ul

static struct domain *d;
static struct vcpu *v;

static int setup(void **state)
{
    (void)state;
    fake_domain_reset(2);
    d = fake_domain_new(1, 4);
    v = d->vcpu[0];
    for (unsigned int i = 0; i < 4; i++) {
        d->vcpu[i]->virq_port[VIRQ_TIMER] = (uint16_t)(i + 1);
        timer_set_period(d->vcpu[i], 0);
    }
    fake_on(0);
    fake_current(v);
    return 0;
}

static bool fired(unsigned int i)
{
    uint64_t bit = 1ul << (i + 1);
    bool yes = d->shared_info->evtchn_pending[0] & bit;

    d->shared_info->evtchn_pending[0] &= ~bit;
    d->vcpu[i]->info->evtchn_pending_sel = 0;
    d->vcpu[i]->info->evtchn_upcall_pending = 0;
    return yes;
}

static void test_order(void **state)
{
    const uint64_t start = fake_now, after[] = {30, 10, 40, 20};

    (void)state;
    for (unsigned int i = 0; i < 4; i++)
        timer_set(d->vcpu[i], TIMER_SINGLESHOT, start + after[i] * MS);
    assert_int_equal(fake_timer[0], start + 10 * MS);
    for (uint64_t t = 5; t <= 45; t += 10) {
        fake_now = start + t * MS;
        timer_run();
        for (unsigned int i = 0; i < 4; i++)
            assert_int_equal(fired(i), after[i] < t && after[i] + 10 >= t);
        if (t < 45 && t > 5)
            assert_int_equal(fake_timer[0], start + (t + 5) * MS);
    }
}

static void test_past_fires_at_once(void **state)
{
    (void)state;
    timer_set(v, TIMER_SINGLESHOT, 1);
    assert_true(fired(0));
    assert_false(timer_is_set(v, TIMER_SINGLESHOT));
}

static void test_replace_and_cancel(void **state)
{
    (void)state;
    timer_set(v, TIMER_SINGLESHOT, fake_now + MS);
    timer_set(v, TIMER_SINGLESHOT, fake_now + 10 * MS);
    fake_now += 5 * MS;
    timer_run();
    assert_false(fired(0));
    timer_cancel(v, TIMER_SINGLESHOT);
    fake_now += 10 * MS;
    timer_run();
    assert_false(fired(0));
}

static void test_moves_with_the_vcpu(void **state)
{
    uint64_t start = fake_now;

    (void)state;
    timer_set(v, TIMER_SINGLESHOT, start + MS);
    fake_on(1);
    timer_set(v, TIMER_SINGLESHOT, start + 2 * MS);
    assert_int_equal(fake_timer[1], start + 2 * MS);
    fake_now = start + 3 * MS;
    fake_on(0);
    timer_run();
    assert_false(fired(0));
    fake_on(1);
    timer_run();
    assert_true(fired(0));
    fake_on(0);
}

static void test_periodic(void **state)
{
    unsigned int ticks = 0;

    (void)state;
    fake_current(NULL);
    fake_up(v);
    fake_switch();
    timer_set_period(v, 10 * MS);
    for (unsigned int i = 0; i < 1000; i++) {
        fake_now += MS;
        timer_run();
        ticks += fired(0);
    }
    assert_int_equal(ticks, 100);

    /* Not while it sleeps; but one that was missed comes when it is back. */
    sched_block_current();
    assert_null(fake_switch());
    fake_now += 100 * MS;
    timer_run();
    assert_false(fired(0));
    sched_wake(v);
    fake_switch();
    assert_true(fired(0));
}

/* One that blocks more often than it ticks is ticked all the same. */
static void test_periodic_with_short_blocks(void **state)
{
    unsigned int ticks = 0;

    (void)state;
    fake_current(NULL);
    fake_up(v);
    fake_switch();
    timer_set_period(v, 10 * MS);
    for (unsigned int i = 0; i < 100; i++) {
        sched_block_current();
        fake_switch();
        fake_now += 3 * MS;
        sched_wake(v);
        fake_switch();
        ticks += fired(0);
    }
    assert_in_range(ticks, 20, 30);
}

static void test_poll_timeout(void **state)
{
    struct sched_poll poll = {.timeout = fake_now + 5 * MS};

    (void)state;
    fake_current(NULL);
    fake_up(v);
    fake_switch();
    assert_int_equal(hc_sched_op(SCHEDOP_poll, (uint64_t)&poll), 0);
    assert_null(fake_switch());
    fake_now += 4 * MS;
    timer_run();
    assert_null(fake_switch());
    fake_now += 2 * MS;
    timer_run();
    assert_ptr_equal(fake_switch(), v);
    assert_int_equal(d->evtchn.poll_mask, 0);
}

static void test_watchdog(void **state)
{
    struct sched_watchdog w = {.timeout = 2}, poke = {.id = 1, .timeout = 2}, bad = {.id = 2, .timeout = 1};

    (void)state;
    assert_int_equal(hc_sched_op(SCHEDOP_watchdog, (uint64_t)&w), 1);
    assert_int_equal(hc_sched_op(SCHEDOP_watchdog, (uint64_t)&bad), -22);
    fake_now += 1500 * MS;
    assert_int_equal(hc_sched_op(SCHEDOP_watchdog, (uint64_t)&poke), 0);
    fake_now += 1500 * MS;
    timer_run();
    assert_int_equal(d->state, DOMAIN_RUNNING);
    fake_now += 600 * MS;
    timer_run();
    assert_int_equal(d->state, DOMAIN_DYING);
    assert_int_equal(d->shutdown_reason, SHUTDOWN_watchdog);
}

/* The version is odd while writing and even after, and a guest's arithmetic gives our time. */
static void test_time_page(void **state)
{
    struct vcpu_time_info *t = &v->info->time;

    (void)state;
    t->version = 7;
    time_update(v);
    assert_int_equal(t->version, 8);
    assert_int_equal(t->system_time, fake_now);
    assert_int_equal((((t->tsc_timestamp + 1000 - t->tsc_timestamp) << t->tsc_shift) * t->tsc_to_system_mul) >> 32, 1000);
    time_set_wallclock(d->shared_info);
    assert_int_equal(d->shared_info->wc_sec, 1700000000);
    assert_int_equal(d->shared_info->wc_version & 1, 0);
}

static void test_runstate_area(void **state)
{
    struct vcpu_runstate_info area;

    (void)state;
    memset(&area, 0xff, sizeof(area));
    v->runstate_va = (uint64_t)&area;
    d->vm_assist = 1u << VMASST_TYPE_runstate_update_flag;
    time_sched_in(v);
    assert_int_equal(area.state, RUNSTATE_offline);
    assert_int_equal(area.state_entry_time, v->sched.runstate.state_entry_time);
    assert_false(v->areas_stale);

    /* What cannot be written now is written later. */
    v->kernel_mode = false;
    area.state = 77;
    time_sched_in(v);
    assert_int_equal(area.state, 77);
    assert_true(v->areas_stale);
    v->kernel_mode = true;
    time_write_areas(v);
    assert_int_equal(area.state, RUNSTATE_offline);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fake_domain_end)
    const struct CMUnitTest tests[] = {
        T(test_order), T(test_past_fires_at_once), T(test_replace_and_cancel), T(test_moves_with_the_vcpu), T(test_periodic),
        T(test_periodic_with_short_blocks), T(test_poll_timeout), T(test_watchdog), T(test_time_page), T(test_runstate_area),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
