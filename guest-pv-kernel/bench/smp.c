/* SPDX-License-Identifier: MIT
 * What more than one vcpu costs. Rows count vcpus: n is as many as are up. An event to another vcpu
 * and its answer: the other sleeps in its idle loop and answers from its event handler, the sender
 * polls for the answer with its own events masked. */
#include "bench/rows.h"

static struct evtchn_send ping, pong;
static evtchn_port_t pong_port;
static struct sched_poll poll = {.nr_ports = 1};

static void answer(uint16_t port)
{
    (void)port;
    HYPERVISOR_event_channel_op(EVTCHNOP_send, &pong);
}

static bool port_open(unsigned cpu, uint32_t *port)
{
    struct evtchn_bind_ipi op = {.vcpu = cpu};
    bool ok = HYPERVISOR_event_channel_op(EVTCHNOP_bind_ipi, &op) == 0;

    *port = op.port;
    return ok;
}

static bool ping_begin(uint64_t n)
{
    unsigned here = this_cpu()->id, other = here ? 0 : 1;

    if (n < 2 || !port_open(other, &ping.port) || !port_open(here, &pong.port))
        return false;
    pong_port = pong.port;
    set_xen_guest_handle(poll.ports, &pong_port);
    event_bind((uint16_t)ping.port, other, answer);
    return true;
}

static long ping_pong(uint64_t n)
{
    (void)n;
    HYPERVISOR_event_channel_op(EVTCHNOP_send, &ping);
    return HYPERVISOR_sched_op(SCHEDOP_poll, &poll);
}

static void ping_undo(uint64_t n)
{
    (void)n;
    __atomic_and_fetch(&SHARED_INFO->evtchn_pending[pong_port / 64], ~(1UL << pong_port % 64),
                       __ATOMIC_SEQ_CST);
}

static void ping_end(uint64_t n)
{
    struct evtchn_close op = {.port = ping.port};

    (void)n;
    event_mask((uint16_t)op.port);
    HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
    op.port = pong.port;
    HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

static struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_ALL};

static long flush_everywhere(uint64_t n)
{
    (void)n;
    return HYPERVISOR_mmuext_op(&flush, 1, NULL, DOMID_SELF);
}

const struct bench smp_rows[] = {
    {"smp_event_ping", "event", 0, ping_pong, ping_begin, ping_undo, ping_end},
    {"smp_tlb_flush_all", "hypercall", 0, flush_everywhere},
    {0},
};
