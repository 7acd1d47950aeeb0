/* SPDX-License-Identifier: MIT
 * Event channels: a port to ourselves, virqs, IPIs, masks, and what is refused. */
#include "selftest/test.h"

static volatile unsigned seen, seen_cpu;

static void count_event(uint16_t port)
{
    (void)port;
    seen++;
    seen_cpu = this_cpu()->id;
}

static long open_pair(uint32_t *near, uint32_t *far)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF};
    long rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &a);

    *near = b.remote_port = a.port;
    if (!rc)
        rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &b);
    *far = b.local_port;
    return rc;
}

static long close_port(uint32_t port)
{
    struct evtchn_close op = {.port = port};

    event_mask((uint16_t)port); /* whoever gets the number next unmasks it */
    return HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

/* A new port notifies vcpu 0; bring it here, where events are off. */
static long serve_here(uint32_t port)
{
    struct evtchn_bind_vcpu op = {.port = port, .vcpu = this_cpu()->id};
    long rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_vcpu, &op);

    event_bind((uint16_t)port, this_cpu()->id, count_event);
    return rc;
}

static long send(uint32_t port)
{
    struct evtchn_send op = {.port = port};

    return HYPERVISOR_event_channel_op(EVTCHNOP_send, &op);
}

static long status(uint32_t port, struct evtchn_status *s)
{
    *s = (struct evtchn_status){.dom = DOMID_SELF, .port = port};
    return HYPERVISOR_event_channel_op(EVTCHNOP_status, s);
}

static bool pending(uint32_t port)
{
    return SHARED_INFO->evtchn_pending[port / 64] >> port % 64 & 1;
}

static void loopback(struct test_info *t)
{
    uint32_t near, far;
    bool irq = irq_save();

    CHECK(open_pair(&near, &far), 0);
    seen = 0;
    CHECK(serve_here(near), 0);
    CHECK(send(far), 0);
    irq_enable(); /* what came while masked is delivered here */
    irq_disable();
    CHECK(seen, 1);
    CHECK(pending(near), 0);
    CHECK(close_port(far), 0);
    CHECK(close_port(near), 0);
    irq_restore(irq);
}

/* Sent with events on, each is handled before the hypercall that sent it is over. */
static void none_lost(struct test_info *t)
{
    uint32_t near, far;
    bool irq = irq_save();

    CHECK(open_pair(&near, &far), 0);
    CHECK(serve_here(near), 0);
    seen = 0;
    for (unsigned i = 1; i <= 500; i++) {
        irq_enable();
        send(far);
        irq_disable();
        if (!CHECK(seen, i))
            break;
    }
    close_port(far);
    close_port(near);
    irq_restore(irq);
}

static uint32_t resend_through;

static void resend(uint16_t port)
{
    (void)port;
    if (++seen < 20)
        send(resend_through);
}

/* An event that comes while its own handler runs is seen too, without nesting. */
static void from_handler(struct test_info *t)
{
    uint32_t near, far;
    bool irq = irq_save();

    CHECK(open_pair(&near, &far), 0);
    CHECK(serve_here(near), 0);
    event_bind((uint16_t)near, this_cpu()->id, resend);
    seen = 0;
    resend_through = far;
    irq_enable();
    send(far);
    irq_disable();
    CHECK(seen, 20);
    close_port(far);
    close_port(near);
    irq_restore(irq);
}

static void masked_then_unmasked(struct test_info *t)
{
    uint32_t near, far;
    bool irq = irq_save();

    CHECK(open_pair(&near, &far), 0);
    seen = 0;
    CHECK(serve_here(near), 0);
    event_mask((uint16_t)near);
    CHECK(send(far), 0);
    CHECK(pending(near), 1);
    irq_enable();
    irq_disable();
    CHECK(seen, 0);
    CHECK(serve_here(near), 0); /* unmasks; we may have been moved while events were on */
    irq_enable();
    irq_disable();
    CHECK(seen, 1);
    close_port(far);
    close_port(near);
    irq_restore(irq);
}

static void status_of(struct test_info *t)
{
    struct evtchn_status s;
    uint32_t near, far;

    CHECK(open_pair(&near, &far), 0);
    CHECK(status(near, &s), 0);
    CHECK(s.status, EVTCHNSTAT_interdomain);
    CHECK(s.u.interdomain.port, far);
    close_port(far);
    CHECK(status(near, &s), 0);
    CHECK(s.status, EVTCHNSTAT_unbound); /* the other end went away */
    CHECK(status(far, &s), 0);
    CHECK(s.status, EVTCHNSTAT_closed);
    close_port(near);
    CHECK(status(this_cpu()->timer_port, &s), 0);
    CHECK(s.status, EVTCHNSTAT_virq);
    CHECK(s.u.virq, VIRQ_TIMER);
    CHECK(status(this_cpu()->ipi_port, &s), 0);
    CHECK(s.status, EVTCHNSTAT_ipi);
}

static void ports_refused(struct test_info *t)
{
    struct evtchn_status s;

    CHECK(close_port(1000), ERR(EINVAL));
    CHECK(send(1000), ERR(EINVAL));
    CHECK(send(0x10000000), ERR(EINVAL));
    CHECK(status(0x10000000, &s), ERR(EINVAL));
    CHECK(send(this_cpu()->timer_port), ERR(EINVAL));
}

static void virq_refused(struct test_info *t)
{
    struct evtchn_bind_virq timer = {.virq = VIRQ_TIMER, .vcpu = 0};
    struct evtchn_bind_virq none = {.virq = 1000, .vcpu = 0};
    struct evtchn_bind_virq nobody = {.virq = VIRQ_DEBUG, .vcpu = 1000};

    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &timer), ERR(EEXIST));
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &none), ERR(EINVAL));
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &nobody), ERR(ENOENT));
}

static void virq_debug(struct test_info *t)
{
    struct evtchn_bind_virq op = {.virq = VIRQ_DEBUG, .vcpu = 0};

    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &op), 0);
    CHECK(close_port(op.port), 0);
}

static void ipi_refused(struct test_info *t)
{
    struct evtchn_bind_ipi op = {.vcpu = 1000};

    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_ipi, &op), ERR(ENOENT));
}

static void ipi_delivered(struct test_info *t)
{
    struct evtchn_bind_ipi op = {.vcpu = 0};
    uint64_t until = clock_now() + 2000000000;

    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_ipi, &op), 0);
    seen = 0;
    seen_cpu = 99;
    event_bind((uint16_t)op.port, 0, count_event);
    CHECK(send(op.port), 0);
    while (!seen && clock_now() < until)
        process_yield();
    CHECK(seen, 1);
    CHECK(seen_cpu, 0);
    close_port(op.port);
}

static void moved_to_vcpu(struct test_info *t)
{
    struct evtchn_bind_vcpu op = {.vcpu = 1000};
    struct evtchn_status s;
    uint32_t near, far;

    CHECK(open_pair(&near, &far), 0);
    op.port = near;
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_vcpu, &op), ERR(ENOENT));
    op.vcpu = cpu_count - 1;
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_vcpu, &op), 0);
    CHECK(status(near, &s), 0);
    CHECK(s.vcpu, cpu_count - 1);
    op.port = this_cpu()->ipi_port;
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_vcpu, &op), ERR(EINVAL));
    close_port(far);
    close_port(near);
}

static void interdomain_refused(struct test_info *t)
{
    struct evtchn_bind_interdomain b = {.remote_dom = DOMID_SELF, .remote_port = 1000};
    struct evtchn_bind_interdomain nobody = {.remote_dom = 0x7123, .remote_port = 1};
    struct evtchn_bind_interdomain timer = {.remote_dom = DOMID_SELF};

    timer.remote_port = this_cpu()->timer_port;
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &b), ERR(EINVAL));
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &nobody), ERR(ESRCH));
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &timer), ERR(EINVAL));
}

static void unknown(struct test_info *t)
{
    uint64_t arg[8] = {0};

    CHECK(HYPERVISOR_event_channel_op(999, arg), ERR(ENOSYS));
    CHECK(HYPERVISOR_event_channel_op(EVTCHNOP_send, (void *)0x123456000), ERR(EFAULT));
}

const struct test event_tests[] = {
    {"event.loopback", loopback},
    {"event.none_lost", none_lost},
    {"event.from_handler", from_handler},
    {"event.masked_then_unmasked", masked_then_unmasked},
    {"event.status_of", status_of},
    {"event.ports_refused", ports_refused},
    {"event.virq_refused", virq_refused},
    {"event.virq_debug", virq_debug},
    {"event.ipi_refused", ipi_refused},
    {"event.ipi_delivered", ipi_delivered},
    {"event.moved_to_vcpu", moved_to_vcpu},
    {"event.interdomain_refused", interdomain_refused},
    {"event.unknown", unknown},
    {0},
};
