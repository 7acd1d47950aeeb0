/* SPDX-License-Identifier: MIT */
/* sched_op: yield, block, poll; and what is refused. Shutdown is every other guest's last call. */
#include "guest.h"

void test_main(void)
{
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER};
    struct evtchn_alloc_unbound unbound = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct sched_poll poll = {.nr_ports = 1};
    struct sched_remote_shutdown remote = {.domain_id = 77, .reason = 0};
    evtchn_port_t ports[2];
    uint64_t start;

    events_install();
    hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, NULL);
    expect("yield", hypercall(sched_op, SCHEDOP_yield), 0);
    hypercall(event_channel_op, EVTCHNOP_bind_virq, &virq);
    events_enable();
    start = time_ns();
    hypercall(set_timer_op, start + 20000000);
    expect("block until an event", hypercall(sched_op, SCHEDOP_block), 0);
    ktap_ok("took the time", time_ns() - start >= 20000000);
    ktap_ok("and the event came", events_seen[virq.port] > 0);
    events_disable();
    hypercall(set_timer_op, time_ns() + 5000000);
    expect("block clears the mask", hypercall(sched_op, SCHEDOP_block), 0);
    ktap_equal("as it reads", vcpu0()->evtchn_upcall_mask, 0);
    events_disable();

    expect("a port", hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), 0);
    ports[0] = unbound.port;
    set_xen_guest_handle(poll.ports, ports);
    start = time_ns();
    poll.timeout = start + 20000000;
    expect("poll with a time limit", hypercall(sched_op, SCHEDOP_poll, &poll), 0);
    ktap_ok("waits for it", time_ns() - start >= 20000000);
    shared_info->evtchn_pending[0] |= 1ul << unbound.port;
    poll.timeout = 0;
    expect("poll of a pending port returns at once", hypercall(sched_op, SCHEDOP_poll, &poll), 0);
    shared_info->evtchn_pending[0] = 0;
    poll.timeout = 1;
    expect("a limit in the past", hypercall(sched_op, SCHEDOP_poll, &poll), 0);
    poll.timeout = time_ns() + 5000000;
    poll.nr_ports = 0;
    expect("poll of no port is a sleep", hypercall(sched_op, SCHEDOP_poll, &poll), 0);
    poll.nr_ports = 129;
    expect("too many ports", hypercall(sched_op, SCHEDOP_poll, &poll), -XEN_EINVAL);
    poll.nr_ports = 1;
    ports[0] = 1u << 20;
    expect("a port beyond all", hypercall(sched_op, SCHEDOP_poll, &poll), -XEN_EINVAL);
    set_xen_guest_handle(poll.ports, (evtchn_port_t *)HYPERVISOR_TEXT);
    expect("ports inside the hypervisor", hypercall(sched_op, SCHEDOP_poll, &poll), -XEN_EFAULT);
    expect("poll at a bad pointer", hypercall(sched_op, SCHEDOP_poll, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("shutdown at a bad pointer", hypercall(sched_op, SCHEDOP_shutdown, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("remote shutdown of nobody", hypercall(sched_op, SCHEDOP_remote_shutdown, &remote), -XEN_ESRCH);
    expect("shutdown code at a bad pointer", hypercall(sched_op, SCHEDOP_shutdown_code, UNMAPPED), -XEN_EFAULT);
    struct sched_watchdog dog = {.id = 3, .timeout = 10};
    expect("a watchdog that does not exist", hypercall(sched_op, SCHEDOP_watchdog, &dog), -XEN_EINVAL);
    dog = (struct sched_watchdog){.id = 0, .timeout = 30};
    expect("a new watchdog", hypercall(sched_op, SCHEDOP_watchdog, &dog), 1);
    dog = (struct sched_watchdog){.id = 1, .timeout = 0};
    expect("stopped", hypercall(sched_op, SCHEDOP_watchdog, &dog), 0);
    expect("an unknown sub-op", hypercall(sched_op, 77, &poll), -XEN_ENOSYS);
}
