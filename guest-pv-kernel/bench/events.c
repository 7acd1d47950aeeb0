/* SPDX-License-Identifier: MIT
 * Event channels: a port to ourselves, sent to while masked and while open; blocking with an event
 * already there; opening a port when many are open. The upcall goes to a handler of the least
 * length while the row runs. */
#include "bench/rows.h"

#include <xen/callback.h>

extern char bench_event[];
uint32_t bench_port; /* for bench_event */

_Static_assert(offsetof(struct cpu, info.evtchn_pending_sel) == CPU_PENDING_SELECTOR, "layout.h");
_Static_assert(offsetof(struct shared_info, evtchn_pending) == SHARED_PENDING, "layout.h");

static struct evtchn_send send_op;

static long event_send(uint64_t n)
{
    (void)n;
    return HYPERVISOR_event_channel_op(EVTCHNOP_send, &send_op);
}

static bool port_open(uint32_t *port)
{
    struct evtchn_bind_ipi op = {.vcpu = this_cpu()->id};
    bool ok = HYPERVISOR_event_channel_op(EVTCHNOP_bind_ipi, &op) == 0;

    *port = op.port;
    return ok;
}

static void port_close(uint32_t port)
{
    struct evtchn_close op = {.port = port};

    event_mask((uint16_t)port);
    HYPERVISOR_event_channel_op(EVTCHNOP_close, &op);
}

static bool masked_begin(uint64_t n)
{
    (void)n;
    return port_open(&send_op.port);
}

static void masked_undo(uint64_t n)
{
    uint32_t port = send_op.port;

    (void)n;
    __atomic_and_fetch(&SHARED_INFO->evtchn_pending[port / 64], ~(1UL << port % 64),
                       __ATOMIC_SEQ_CST);
}

static void masked_end(uint64_t n)
{
    (void)n;
    port_close(send_op.port);
}

static void upcall_set(char *to)
{
    struct callback_register r = {.type = CALLBACKTYPE_event, .address = (uint64_t)to};

    HYPERVISOR_callback_op(CALLBACKOP_register, &r);
}

/* Events of others stay pending at their ports meanwhile, and are looked for at the end. */
static bool upcall_begin(uint64_t n)
{
    uint32_t port;

    if (!masked_begin(n))
        return false;
    port = send_op.port;
    bench_port = port;
    upcall_set(bench_event);
    __atomic_and_fetch(&SHARED_INFO->evtchn_mask[port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST);
    this_cpu()->info.evtchn_pending_sel = 0;
    this_cpu()->info.evtchn_upcall_pending = 0;
    this_cpu()->info.evtchn_upcall_mask = 0;
    return true;
}

static void upcall_end(uint64_t n)
{
    struct cpu *c = this_cpu();

    irq_disable();
    upcall_set(entry_event);
    masked_end(n);
    c->info.evtchn_pending_sel = ~0UL;
    c->info.evtchn_upcall_pending = 1;
}

static bool block_begin(uint64_t n)
{
    bool ok = upcall_begin(n);

    irq_disable();
    event_send(n);
    return ok;
}

static long block(uint64_t n)
{
    (void)n;
    return HYPERVISOR_sched_op(SCHEDOP_block, NULL);
}

static void block_undo(uint64_t n)
{
    irq_disable();
    masked_undo(n);
    event_send(n);
}

/* ---- opening one more port ---- */
#define MOST 1024
static uint32_t ports[MOST], opened;

static bool ports_begin(uint64_t n)
{
    for (opened = 0; opened < n; opened++)
        if (!port_open(&ports[opened]))
            return false;
    return true;
}

static long port_alloc(uint64_t n)
{
    struct evtchn_alloc_unbound op = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    long rc = HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &op);

    (void)n;
    send_op.port = op.port;
    return rc;
}

static void port_undo(uint64_t n)
{
    (void)n;
    port_close(send_op.port);
}

static void ports_end(uint64_t n)
{
    (void)n;
    while (opened)
        port_close(ports[--opened]);
}

#define PORTS(n)                                                                                   \
    {                                                                                              \
        "open_port", "hypercall", n, port_alloc, ports_begin, port_undo, ports_end                 \
    }

const struct bench event_rows[] = {
    {"event_send_masked", "hypercall", 1, event_send, masked_begin, masked_undo, masked_end},
    {"event_send_upcall", "event", 1, event_send, .begin = upcall_begin, .end = upcall_end},
    {"idle", "hypercall", 1, block, block_begin, block_undo, upcall_end},
    {"idle", "trap", 1, .why = "hlt raises #GP"},
    PORTS(1),
    PORTS(4),
    PORTS(16),
    PORTS(64),
    PORTS(256),
    PORTS(1024),
    {0},
};
