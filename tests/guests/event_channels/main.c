/* SPDX-License-Identifier: MIT */
/* event_channel_op, the two-level ABI: allocation, binding, sending, masking, closing. (vcpus: 2) */
#include "guest.h"

#define BAD ((void *)HYPERVISOR_TEXT)

static long op(unsigned int command, void *argument) { return hypercall(event_channel_op, command, argument); }

static long status(unsigned int port)
{
    struct evtchn_status s = {.dom = DOMID_SELF, .port = port};
    long rc = op(EVTCHNOP_status, &s);

    return rc ? rc : (long)s.status;
}

static long close_port(unsigned int port)
{
    struct evtchn_close c = {.port = port};

    return op(EVTCHNOP_close, &c);
}

static long send(unsigned int port)
{
    struct evtchn_send s = {.port = port};

    return op(EVTCHNOP_send, &s);
}

void test_main(void)
{
    struct evtchn_alloc_unbound unbound = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_interdomain inter = {.remote_dom = DOMID_SELF};
    struct evtchn_bind_virq virq = {.virq = VIRQ_DEBUG};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_bind_vcpu move = {.vcpu = 1};
    struct evtchn_unmask unmask;
    struct evtchn_reset reset = {.dom = 77};

    events_install();
    expect("alloc_unbound", op(EVTCHNOP_alloc_unbound, &unbound), 0);
    ktap_ok("gives a port", unbound.port > 0);
    expect("its status", status(unbound.port), EVTCHNSTAT_unbound);
    expect("a send into an unbound port is lost", send(unbound.port), 0);
    inter.remote_port = unbound.port;
    expect("bind_interdomain to it", op(EVTCHNOP_bind_interdomain, &inter), 0);
    ktap_ok("another port", inter.local_port != unbound.port);
    expect("status of both", status(unbound.port), EVTCHNSTAT_interdomain);
    expect("binding is a first event", (long)(shared_info->evtchn_pending[0] >> inter.local_port & 1), 1);
    expect("binding twice", op(EVTCHNOP_bind_interdomain, &inter), -XEN_EINVAL);
    ktap_ok("the event is taken", event_wait(inter.local_port, 1, 1000));
    expect("send to the other end", send(inter.local_port), 0);
    ktap_ok("arrives there", event_wait(unbound.port, 1, 1000));
    ktap_equal("and not here", events_seen[inter.local_port], 1);

    expect("bind_ipi", op(EVTCHNOP_bind_ipi, &ipi), 0);
    expect("status", status(ipi.port), EVTCHNSTAT_ipi);
    expect("send", send(ipi.port), 0);
    ktap_ok("arrives", event_wait(ipi.port, 1, 1000));
    shared_info->evtchn_mask[0] |= 1ul << ipi.port;
    expect("send to a masked port", send(ipi.port), 0);
    ktap_ok("does not arrive", !event_wait(ipi.port, 2, 30));
    ktap_equal("but is pending", shared_info->evtchn_pending[0] >> ipi.port & 1, 1);
    unmask.port = ipi.port;
    expect("unmask", op(EVTCHNOP_unmask, &unmask), 0);
    ktap_equal("clears the mask", shared_info->evtchn_mask[0] >> ipi.port & 1, 0);
    ktap_ok("and it arrives", event_wait(ipi.port, 2, 1000));
    ipi.vcpu = 2;
    expect("an ipi for a vcpu that does not exist", op(EVTCHNOP_bind_ipi, &ipi), -XEN_ENOENT);

    expect("bind_virq", op(EVTCHNOP_bind_virq, &virq), 0);
    expect("status", status(virq.port), EVTCHNSTAT_virq);
    expect("twice", op(EVTCHNOP_bind_virq, &virq), -XEN_EEXIST);
    struct evtchn_bind_virq bad = {.virq = 77};
    expect("a virq that does not exist", op(EVTCHNOP_bind_virq, &bad), -XEN_EINVAL);
    bad = (struct evtchn_bind_virq){.virq = VIRQ_TIMER, .vcpu = 99};
    expect("for a vcpu that does not exist", op(EVTCHNOP_bind_virq, &bad), -XEN_ENOENT);
    bad = (struct evtchn_bind_virq){.virq = VIRQ_DOM_EXC, .vcpu = 1};
    expect("a global virq on vcpu 1", op(EVTCHNOP_bind_virq, &bad), -XEN_EINVAL);
    expect("send to a virq port", send(virq.port), -XEN_EINVAL);

    move.port = unbound.port;
    expect("bind_vcpu", op(EVTCHNOP_bind_vcpu, &move), 0);
    struct evtchn_status s = {.dom = DOMID_SELF, .port = unbound.port};
    op(EVTCHNOP_status, &s);
    ktap_equal("moved", s.vcpu, 1);
    move.port = virq.port;
    expect("a per-vcpu virq does not move", op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
    move.port = 55;
    expect("nor a free port", op(EVTCHNOP_bind_vcpu, &move), -XEN_EINVAL);
    move = (struct evtchn_bind_vcpu){.port = unbound.port, .vcpu = 9};
    expect("to a vcpu that does not exist", op(EVTCHNOP_bind_vcpu, &move), -XEN_ENOENT);

    expect("close one end", close_port(inter.local_port), 0);
    expect("the other end is unbound again", status(unbound.port), EVTCHNSTAT_unbound);
    expect("closed", status(inter.local_port), EVTCHNSTAT_closed);
    expect("close it", close_port(unbound.port), 0);
    expect("close a closed port", close_port(unbound.port), -XEN_EINVAL);
    expect("close port 0", close_port(0), -XEN_EINVAL);
    expect("close a port beyond all", close_port(1u << 20), -XEN_EINVAL);
    expect("send to a closed port", send(unbound.port), -XEN_EINVAL);
    expect("send to a port beyond all", send(1u << 20), -XEN_EINVAL);
    expect("status of a port beyond all", status(1u << 20), -XEN_EINVAL);
    unmask.port = 1u << 20;
    expect("unmask of a port beyond all", op(EVTCHNOP_unmask, &unmask), -XEN_EINVAL);
    unbound.dom = 77;
    expect("alloc_unbound for a domain that does not exist", op(EVTCHNOP_alloc_unbound, &unbound), -XEN_ESRCH);
    inter.remote_dom = 77;
    expect("bind_interdomain to a domain that does not exist", op(EVTCHNOP_bind_interdomain, &inter), -XEN_ESRCH);
    inter = (struct evtchn_bind_interdomain){.remote_dom = DOMID_SELF, .remote_port = 1u << 20};
    expect("to a port beyond all", op(EVTCHNOP_bind_interdomain, &inter), -XEN_EINVAL);
    expect("reset of a domain that does not exist", op(EVTCHNOP_reset, &reset), -XEN_ESRCH);
    reset.dom = DOMID_SELF;
    expect("reset", op(EVTCHNOP_reset, &reset), 0);
    expect("all ports are closed", status(ipi.port), EVTCHNSTAT_closed);
    expect("an unknown sub-op", op(77, &reset), -XEN_ENOSYS);
    expect("bind_interdomain at a bad pointer", op(EVTCHNOP_bind_interdomain, BAD), -XEN_EFAULT);
    expect("bind_virq at a bad pointer", op(EVTCHNOP_bind_virq, BAD), -XEN_EFAULT);
    expect("close at a bad pointer", op(EVTCHNOP_close, BAD), -XEN_EFAULT);
    expect("send at a bad pointer", op(EVTCHNOP_send, BAD), -XEN_EFAULT);
    expect("status at a bad pointer", op(EVTCHNOP_status, BAD), -XEN_EFAULT);
    expect("alloc_unbound at a bad pointer", op(EVTCHNOP_alloc_unbound, BAD), -XEN_EFAULT);
    expect("bind_ipi at a bad pointer", op(EVTCHNOP_bind_ipi, BAD), -XEN_EFAULT);
    expect("bind_vcpu at a bad pointer", op(EVTCHNOP_bind_vcpu, BAD), -XEN_EFAULT);
    expect("unmask at a bad pointer", op(EVTCHNOP_unmask, BAD), -XEN_EFAULT);
    expect("reset at a bad pointer", op(EVTCHNOP_reset, BAD), -XEN_EFAULT);
}
