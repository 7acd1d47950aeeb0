/* SPDX-License-Identifier: MIT */
/*
 * Four pcpus for real: threads that schedule vcpus which send each other events and block. A lost wake-up or a vcpu
 * that runs twice at once ends this test by its time limit or an assertion.
 */
#include "fake_domain.h"
#include <pthread.h>
#include <time.h>
#include <xen/sched.h>

#define VCPUS  6
#define ROUNDS 20000u

static struct domain *d;
static evtchn_port_t port_of[VCPUS];     /* an event for that vcpu */
static volatile unsigned int got[VCPUS];
static volatile bool inside[VCPUS];
static volatile unsigned int finished;
static volatile bool stop;

/* One step of a vcpu: takes its event, passes one on to the next, blocks. */
static void step(struct vcpu *v)
{
    unsigned int next = (v->id + 1) % VCPUS;
    struct evtchn_send send = {.port = port_of[next]};
    uint64_t *pending = (uint64_t *)&d->shared_info->evtchn_pending[0];

    assert_false(__atomic_exchange_n(&inside[v->id], true, __ATOMIC_SEQ_CST));
    if (__atomic_exchange_n(&v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST)) {
        __atomic_exchange_n(&v->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
        if (__atomic_fetch_and(pending, ~(1ul << port_of[v->id]), __ATOMIC_SEQ_CST) >> port_of[v->id] & 1) {
            if (++got[v->id] == ROUNDS)
                __atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST);
            if (hc_event_channel_op(EVTCHNOP_send, (uint64_t)&send))
                abort();
        }
    }
    if (v->id % 2)
        sched_yield_current();
    hc_sched_op(SCHEDOP_block, 0);
    __atomic_store_n(&inside[v->id], false, __ATOMIC_SEQ_CST);
}

static void *pcpu(void *id)
{
    unsigned int kicks = 0;

    fake_on((unsigned int)(uintptr_t)id);
    while (!stop) {
        if (this_cpu()->need_resched || !current)
            fake_switch();
        if (current && !current->sched.blocked)
            step(current);
        else if (!current)
            while (!stop && !this_cpu()->need_resched && kicks == fake_kicks[this_cpu()->id])
                ;
        kicks = fake_kicks[this_cpu()->id];
    }
    return NULL;
}

static void test_ring(void **state)
{
    pthread_t threads[FAKE_PCPUS];
    struct timespec ms = {.tv_nsec = 1000000};

    (void)state;
    fake_domain_reset(FAKE_PCPUS);
    d = fake_domain_new(1, VCPUS);
    d->explain = false;
    fake_on(0);
    fake_current(d->vcpu[0]);
    for (unsigned int i = 0; i < VCPUS; i++) {
        struct evtchn_bind_ipi bind = {.vcpu = i};

        timer_set_period(d->vcpu[i], 0);
        assert_int_equal(hc_event_channel_op(EVTCHNOP_bind_ipi, (uint64_t)&bind), 0);
        port_of[i] = bind.port;
    }
    fake_current(NULL);
    for (unsigned int i = 0; i < VCPUS; i++)
        fake_up(d->vcpu[i]);
    for (uintptr_t i = 0; i < FAKE_PCPUS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, pcpu, (void *)i), 0);

    /* Three events go round, so that several vcpus are awake at a time. */
    for (unsigned int i = 0; i < 3; i++)
        evtchn_set_pending(d->vcpu[2 * i], port_of[2 * i]);
    for (unsigned int i = 0; i < 60000 && finished < VCPUS; i++) {
        nanosleep(&ms, NULL);
        fake_now += 1000000;
    }
    stop = true;
    for (unsigned int i = 0; i < FAKE_PCPUS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned int i = 0; i < VCPUS; i++)
        assert_true(got[i] >= ROUNDS);
    fake_domain_free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ring)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
