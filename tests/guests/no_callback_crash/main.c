/* SPDX-License-Identifier: MIT */
/* An event for a guest that has taken back its event callback ends the domain. (ends: crash) */
#include "guest.h"

void test_main(void)
{
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct evtchn_send send;

    expect("bind_ipi", hypercall(event_channel_op, EVTCHNOP_bind_ipi, &ipi), 0);
    send.port = ipi.port;
    events_install();
    expect("all callbacks taken back", hypercall(set_callbacks, 0, 0, 0), 0);
    print("# the domain ends here\n");
    vcpu0()->evtchn_upcall_mask = 0;
    (void)hypercall(event_channel_op, EVTCHNOP_send, &send);
    ktap_ok("not reached", false);
}
