/* SPDX-License-Identifier: MIT */
/* Event channels: binding, delivery bit by bit, closing both ends, polling, and random operations against a model. */
#include "fake_domain.h"
#include <xen/sched.h>

static struct domain *d0, *d1;

static int setup(void **state)
{
    (void)state;
    fake_domain_reset(2);
    d0 = fake_domain_new(0, 2);
    d1 = fake_domain_new(1, 2);
    fake_on(0);
    fake_current(d0->vcpu[0]);
    return 0;
}

#define OP(name, ...) ({ struct evtchn_##name a_ = {__VA_ARGS__}; hc_event_channel_op(EVTCHNOP_##name, (uint64_t)&a_); })
/* The same, answering the port on success. */
#define PORT(name, field, ...)                                                                       \
    ({                                                                                               \
        struct evtchn_##name a_ = {__VA_ARGS__};                                                     \
        long rc_ = hc_event_channel_op(EVTCHNOP_##name, (uint64_t)&a_);                              \
        rc_ ? rc_ : (long)a_.field;                                                                  \
    })

static uint32_t status_of(struct domain *d, evtchn_port_t port)
{
    return evtchn_lookup(d, port)->state;
}

static bool pending(struct domain *d, evtchn_port_t port)
{
    return d->shared_info->evtchn_pending[port / 64] >> (port % 64) & 1;
}

static void clear(struct domain *d)
{
    memset(d->shared_info->evtchn_pending, 0, sizeof(d->shared_info->evtchn_pending));
    for (unsigned int i = 0; i < d->max_vcpus; i++) {
        d->vcpu[i]->info->evtchn_upcall_pending = 0;
        d->vcpu[i]->info->evtchn_pending_sel = 0;
    }
}

static void test_interdomain(void **state)
{
    long a, b;

    (void)state;
    a = PORT(alloc_unbound, port, .dom = DOMID_SELF, .remote_dom = 1);
    assert_int_equal(a, 1);
    assert_int_equal(OP(send, .port = (uint32_t)a), 0); /* lost, without an error */
    assert_int_equal(OP(bind_interdomain, .remote_dom = 0, .remote_port = 1), -22); /* it waits for d1 */
    assert_string_equal(fake_refusal(), "event_channel_op.einval.interdomain_remote_port");

    fake_current(d1->vcpu[0]);
    b = PORT(bind_interdomain, local_port, .remote_dom = 0, .remote_port = (uint32_t)a);
    assert_int_equal(b, 1);
    assert_true(pending(d1, 1)); /* for what may have been lost */
    assert_false(pending(d0, 1));
    assert_int_equal(OP(send, .port = 1), 0);
    assert_true(pending(d0, 1));
    assert_int_equal(d0->vcpu[0]->info->evtchn_upcall_pending, 1);
    assert_int_equal(d0->vcpu[0]->info->evtchn_pending_sel, 1);

    assert_int_equal(OP(close, .port = 1), 0);
    assert_false(pending(d1, 1));
    assert_int_equal(status_of(d1, 1), EVTCHNSTAT_closed);
    assert_int_equal(status_of(d0, 1), EVTCHNSTAT_unbound);
    assert_int_equal(PORT(bind_interdomain, local_port, .remote_dom = 0, .remote_port = 1), 1); /* and again */
}

static void test_loopback(void **state)
{
    long a, b;

    (void)state;
    a = PORT(alloc_unbound, port, .dom = DOMID_SELF, .remote_dom = DOMID_SELF);
    b = PORT(bind_interdomain, local_port, .remote_dom = DOMID_SELF, .remote_port = (uint32_t)a);
    assert_int_equal(b, 2);
    clear(d0);
    assert_int_equal(OP(send, .port = 1), 0);
    assert_true(pending(d0, 2));
    assert_false(pending(d0, 1));
    assert_int_equal(OP(close, .port = 2), 0);
    assert_int_equal(status_of(d0, 1), EVTCHNSTAT_unbound);
    assert_int_equal(OP(close, .port = 1), 0);
}

static void test_delivery_bits(void **state)
{
    struct vcpu *v = d0->vcpu[1];
    long port = PORT(bind_ipi, port, .vcpu = 1);

    (void)state;
    d0->shared_info->evtchn_mask[0] = 1ul << port;
    OP(send, .port = (uint32_t)port);
    assert_true(pending(d0, (uint32_t)port)); /* masked: pending, nothing more */
    assert_int_equal(v->info->evtchn_pending_sel, 0);
    assert_int_equal(v->info->evtchn_upcall_pending, 0);
    assert_int_equal(OP(unmask, .port = (uint32_t)port), 0);
    assert_int_equal(d0->shared_info->evtchn_mask[0], 0);
    assert_int_equal(v->info->evtchn_pending_sel, 1);
    assert_int_equal(v->info->evtchn_upcall_pending, 1);
    clear(d0);
    assert_int_equal(OP(unmask, .port = (uint32_t)port), 0); /* nothing pending: nothing happens */
    assert_int_equal(v->info->evtchn_upcall_pending, 0);
}

/* Another sender has set the selector and not yet the pending byte: ours is no less delivered when it returns. */
static void test_overtakes_a_slow_sender(void **state)
{
    long port = PORT(bind_ipi, port, .vcpu = 0);

    (void)state;
    d0->vcpu[0]->info->evtchn_pending_sel = 1;
    assert_int_equal(OP(send, .port = (uint32_t)port), 0);
    assert_int_equal(d0->vcpu[0]->info->evtchn_upcall_pending, 1);

    clear(d0);
    d0->shared_info->evtchn_mask[0] = ~0ul;
    assert_int_equal(OP(send, .port = (uint32_t)port), 0);
    assert_int_equal(d0->vcpu[0]->info->evtchn_upcall_pending, 0);
    d0->vcpu[0]->info->evtchn_pending_sel = 1;
    assert_int_equal(OP(unmask, .port = (uint32_t)port), 0);
    assert_int_equal(d0->vcpu[0]->info->evtchn_upcall_pending, 1);
}

static void test_wakes_a_blocked_vcpu(void **state)
{
    struct vcpu *v = d0->vcpu[1];
    long port = PORT(bind_ipi, port, .vcpu = 1);

    (void)state;
    v->up = true;
    v->sched.blocked = true;
    v->info->evtchn_upcall_mask = 1;
    OP(send, .port = (uint32_t)port);
    assert_false(v->sched.blocked);
    assert_int_equal(v->sched.runstate.state, RUNSTATE_runnable);
}

static void test_virqs(void **state)
{
    long port;

    (void)state;
    port = PORT(bind_virq, port, .virq = VIRQ_TIMER, .vcpu = 1);
    assert_int_equal(port, 1);
    assert_int_equal(OP(bind_virq, .virq = VIRQ_TIMER, .vcpu = 1), -17);
    assert_int_equal(OP(bind_virq, .virq = VIRQ_CONSOLE, .vcpu = 1), -22);
    assert_int_equal(OP(bind_virq, .virq = NR_VIRQS, .vcpu = 0), -22);
    assert_int_equal(OP(bind_virq, .virq = VIRQ_TIMER, .vcpu = 2), -2);
    evtchn_send_virq(d0->vcpu[0], VIRQ_TIMER); /* not bound there: dropped */
    assert_false(pending(d0, 1));
    evtchn_send_virq(d0->vcpu[1], VIRQ_TIMER);
    assert_true(pending(d0, 1));
    assert_int_equal(d0->vcpu[1]->info->evtchn_upcall_pending, 1);
    assert_int_equal(OP(bind_vcpu, .port = 1, .vcpu = 0), -22);

    port = PORT(bind_virq, port, .virq = VIRQ_CONSOLE, .vcpu = 0);
    assert_int_equal(OP(bind_vcpu, .port = (uint32_t)port, .vcpu = 1), 0);
    clear(d0);
    evtchn_send_global_virq(VIRQ_CONSOLE);
    assert_int_equal(d0->vcpu[1]->info->evtchn_upcall_pending, 1);
    assert_int_equal(OP(close, .port = (uint32_t)port), 0);
    clear(d0);
    evtchn_send_global_virq(VIRQ_CONSOLE);
    assert_int_equal(d0->vcpu[1]->info->evtchn_upcall_pending, 0);
    assert_true(PORT(bind_virq, port, .virq = VIRQ_CONSOLE, .vcpu = 0) > 0);
}

static void test_every_port(void **state)
{
    unsigned int steps = 0;

    (void)state;
    for (long port = 1; port < (long)EVTCHN_PORTS; port++)
        assert_int_equal(PORT(alloc_unbound, port, .dom = DOMID_SELF, .remote_dom = 1), port);
    assert_int_equal(OP(alloc_unbound, .dom = DOMID_SELF, .remote_dom = 1), -28);
    assert_int_equal(OP(close, .port = 1234), 0);
    assert_int_equal(PORT(bind_ipi, port, .vcpu = 0), 1234);
    while (OP(reset, .dom = DOMID_SELF) == -85) /* it gives way, and is made again */
        steps++;
    assert_int_equal(steps, (EVTCHN_PORTS - 1) / EVTCHN_CLOSE_STEP);
    assert_int_equal(PORT(bind_ipi, port, .vcpu = 0), 1);
}

static void test_rights_and_pointers(void **state)
{
    struct evtchn_alloc_unbound a = {.dom = 1, .remote_dom = 0};

    (void)state;
    assert_int_equal(PORT(alloc_unbound, port, .dom = 1, .remote_dom = 0), 1); /* domain 0 may */
    fake_current(d1->vcpu[0]);
    assert_int_equal(OP(alloc_unbound, .dom = 0, .remote_dom = 1), -1);
    assert_int_equal(OP(reset, .dom = 0), -1);
    assert_int_equal(OP(status, .dom = 0, .port = 1), -1);
    assert_int_equal(OP(alloc_unbound, .dom = 9, .remote_dom = 1), -3);
    assert_int_equal(hc_event_channel_op(EVTCHNOP_alloc_unbound, BAD_POINTER), -14);
    assert_int_equal(hc_event_channel_op(EVTCHNOP_init_control, (uint64_t)&a), -38);
    assert_int_equal(hc_event_channel_op(99, (uint64_t)&a), -38);
    assert_int_equal(OP(send, .port = 0), -22);
    assert_int_equal(OP(send, .port = 4096), -22);
    assert_int_equal(OP(close, .port = ~0u), -22);
    assert_int_equal(OP(unmask, .port = 4000), -22);
}

static void test_our_own_end(void **state)
{
    (void)state;
    assert_int_equal(evtchn_take_port(d1, (struct evtchn){.state = EVTCHNSTAT_interdomain, .xen_end = true}), 1);
    fake_current(d1->vcpu[0]);
    fake_pumps = 0;
    assert_int_equal(OP(send, .port = 1), 0);
    assert_int_equal(fake_pumps, 1);
    evtchn_notify(d1, 1);
    assert_true(pending(d1, 1));
    assert_int_equal(OP(reset, .dom = DOMID_SELF), 0);
    assert_int_equal(status_of(d1, 1), EVTCHNSTAT_interdomain); /* a reset leaves the console */
    assert_int_equal(OP(close, .port = 1), 0);                  /* but a guest may close it */
    clear(d1);
    evtchn_notify(d1, 1);
    assert_false(pending(d1, 1));
}

static void test_poll(void **state)
{
    evtchn_port_t ports[2];
    struct sched_poll poll = {.nr_ports = 1};
    struct vcpu *v = d0->vcpu[0];

    (void)state;
    set_xen_guest_handle(poll.ports, ports);
    fake_current(NULL);
    fake_up(v);
    fake_switch();
    v->info->evtchn_upcall_mask = 1;
    ports[0] = (uint32_t)PORT(bind_ipi, port, .vcpu = 1);
    ports[1] = (uint32_t)PORT(bind_ipi, port, .vcpu = 1);

    OP(send, .port = ports[0]);
    assert_int_equal(hc_sched_op(SCHEDOP_poll, (uint64_t)&poll), 0); /* there already */
    assert_ptr_equal(fake_switch(), v);
    clear(d0);
    assert_int_equal(hc_sched_op(SCHEDOP_poll, (uint64_t)&poll), 0);
    assert_null(fake_switch());
    evtchn_set_pending(d0->vcpu[1], ports[1]); /* another port */
    assert_null(fake_switch());
    d0->shared_info->evtchn_mask[0] = ~0ul;
    evtchn_set_pending(d0->vcpu[1], ports[0]); /* masks do not matter */
    assert_ptr_equal(fake_switch(), v);
    assert_int_equal(d0->evtchn.poll_mask, 0);
    clear(d0);
    poll.nr_ports = 2;
    assert_int_equal(hc_sched_op(SCHEDOP_poll, (uint64_t)&poll), 0);
    assert_null(fake_switch());
    evtchn_set_pending(d0->vcpu[1], ports[1]);
    assert_ptr_equal(fake_switch(), v);

    poll.nr_ports = 129;
    assert_int_equal(hc_sched_op(SCHEDOP_poll, (uint64_t)&poll), -22);
    poll.nr_ports = 1;
    ports[0] = 5000;
    assert_int_equal(hc_sched_op(SCHEDOP_poll, (uint64_t)&poll), -22);
    assert_false(v->sched.blocked);
    assert_int_equal(d0->evtchn.poll_mask, 0);
}

/* Both ends of every channel agree, after any sequence of operations of both domains. */
static void check_ends(void)
{
    struct domain *both[] = {d0, d1};

    for (int i = 0; i < 2; i++) {
        for (evtchn_port_t port = 0; port < EVTCHN_GROWS; port++) {
            struct evtchn *c = evtchn_lookup(both[i], port), *far;

            if (c->state != EVTCHNSTAT_interdomain)
                continue;
            far = evtchn_lookup(both[c->remote_dom], c->remote_port);
            assert_int_equal(far->state, EVTCHNSTAT_interdomain);
            assert_int_equal(far->remote_dom, i);
            assert_int_equal(far->remote_port, port);
        }
        assert_int_equal(evtchn_lookup(both[i], 0)->state, EVTCHNSTAT_closed);
        assert_false(evtchn_lock.held);
    }
}

static void test_random(void **state)
{
    uint64_t seed = 42;

    (void)state;
    d0->explain = d1->explain = false;
    for (int i = 0; i < 200000; i++) {
        uint32_t port = (uint32_t)unit_below(&seed, 12), vcpu = (uint32_t)unit_below(&seed, 3);
        domid_t dom = (domid_t)unit_below(&seed, 3);

        fake_current((unit_below(&seed, 2) ? d0 : d1)->vcpu[0]);
        switch (unit_below(&seed, 9)) {
        case 0: OP(alloc_unbound, .dom = DOMID_SELF, .remote_dom = dom); break;
        case 1:
        case 2: OP(bind_interdomain, .remote_dom = dom, .remote_port = port); break;
        case 3: OP(bind_ipi, .vcpu = vcpu); break;
        case 4: OP(bind_virq, .virq = port, .vcpu = vcpu); break;
        case 5: OP(close, .port = port); break;
        case 6: OP(send, .port = port); break;
        case 7: OP(bind_vcpu, .port = port, .vcpu = vcpu); break;
        case 8: OP(unmask, .port = port); break;
        }
        if (i % 1000 == 999)
            OP(reset, .dom = DOMID_SELF);
        if (i % 16 == 0)
            check_ends();
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, fake_domain_end)
    const struct CMUnitTest tests[] = {
        T(test_interdomain), T(test_loopback), T(test_delivery_bits), T(test_overtakes_a_slow_sender),
        T(test_wakes_a_blocked_vcpu), T(test_virqs), T(test_every_port), T(test_rights_and_pointers),
        T(test_our_own_end), T(test_poll), T(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
