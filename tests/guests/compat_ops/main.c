/* SPDX: MIT */
/*
 * The first forms of sched_op, event_channel_op and physdev_op, which kernels get that do not say what version of the
 * headers they were written for.
 */
#include "guest.h"

void test_main(void)
{
    struct evtchn_op op = {.cmd = EVTCHNOP_alloc_unbound, .u.alloc_unbound = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF}};
    struct physdev_op iopl = {.cmd = PHYSDEVOP_set_iopl, .u.set_iopl.iopl = 4};
    evtchn_port_t port;

    expect("yield", hypercall(sched_op_compat, SCHEDOP_yield), 0);
    expect("an unknown sched_op", hypercall(sched_op_compat, SCHEDOP_poll), -XEN_ENOSYS);
    expect("allocate a port", hypercall(event_channel_op_compat, &op), 0);
    port = op.u.alloc_unbound.port;
    ktap_ok("told in the structure", port != 0);
    op = (struct evtchn_op){.cmd = EVTCHNOP_status, .u.status = {.dom = DOMID_SELF, .port = port}};
    expect("its status", hypercall(event_channel_op_compat, &op), 0);
    ktap_equal("unbound", op.u.status.status, EVTCHNSTAT_unbound);
    op = (struct evtchn_op){.cmd = EVTCHNOP_close, .u.close.port = port};
    expect("close it", hypercall(event_channel_op_compat, &op), 0);
    op.cmd = 77;
    expect("an unknown event_channel_op", hypercall(event_channel_op_compat, &op), -XEN_ENOSYS);
    expect("event_channel_op at a bad pointer", hypercall(event_channel_op_compat, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("an I/O privilege level there is not", hypercall(physdev_op_compat, &iopl), -XEN_EINVAL);
    iopl.u.set_iopl.iopl = 1;
    expect("one there is", hypercall(physdev_op_compat, &iopl), 0);
    expect("physdev_op at a bad pointer", hypercall(physdev_op_compat, UNMAPPED), -XEN_EFAULT);
}
