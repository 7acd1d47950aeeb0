/* SPDX-License-Identifier: MIT */
/* set_timer_op, the vcpu timers, VIRQ_TIMER, and the time page: time goes on, and deadlines are kept. (vcpus: 2) */
#include "guest.h"

void test_main(void)
{
    struct evtchn_bind_virq virq = {.virq = VIRQ_TIMER};
    struct vcpu_set_singleshot_timer single = {0};
    struct vcpu_set_periodic_timer periodic = {.period_ns = 2000000};
    uint64_t start, before;

    ktap_ok("the time page has a scale", vcpu0()->time.tsc_to_system_mul != 0);
    ktap_ok("the wallclock is set", shared_info->wc_sec != 0 && !(shared_info->wc_version & 1));
    start = time_ns();
    ktap_ok("time goes on", time_ns() >= start);
    events_install();
    expect("bind VIRQ_TIMER", hypercall(event_channel_op, EVTCHNOP_bind_virq, &virq), 0);
    expect("no periodic timer", hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, NULL), 0);
    (void)event_wait(virq.port, 1, 1);
    before = events_seen[virq.port];
    start = time_ns();
    expect("a deadline in 20 ms", hypercall(set_timer_op, start + 20000000), 0);
    ktap_ok("fires", event_wait(virq.port, before + 1, 3000));
    ktap_ok("not early", time_ns() - start >= 20000000);
    before = events_seen[virq.port];
    expect("a deadline in the past", hypercall(set_timer_op, 1), 0);
    ktap_ok("fires at once", event_wait(virq.port, before + 1, 3000));
    before = events_seen[virq.port];
    expect("a deadline", hypercall(set_timer_op, time_ns() + 20000000), 0);
    expect("taken back", hypercall(set_timer_op, 0), 0);
    ktap_ok("does not fire", !event_wait(virq.port, before + 1, 60));
    single.timeout_abs_ns = time_ns() + 10000000;
    expect("a single-shot timer", hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &single), 0);
    ktap_ok("fires", event_wait(virq.port, before + 1, 3000));
    single.timeout_abs_ns = 1;
    single.flags = VCPU_SSHOTTMR_future;
    expect("one that should be in the future but is past", hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &single), 0);
    expect("stop it", hypercall(vcpu_op, VCPUOP_stop_singleshot_timer, 0, NULL), 0);
    expect("of another vcpu", hypercall(vcpu_op, VCPUOP_stop_singleshot_timer, 1, NULL), -XEN_EINVAL);
    expect("at a bad pointer", hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, HYPERVISOR_TEXT), -XEN_EFAULT);
    before = events_seen[virq.port];
    expect("a periodic timer", hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), 0);
    ktap_ok("fires again and again", event_wait(virq.port, before + 5, 3000));
    periodic.period_ns = 999999;
    expect("a period below a millisecond", hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &periodic), -XEN_EINVAL);
    expect("a period at a bad pointer", hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, UNMAPPED), -XEN_EFAULT);
    expect("stop it", hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0, NULL), 0);
}
