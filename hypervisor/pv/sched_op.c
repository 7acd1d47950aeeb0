/* SPDX-License-Identifier: MIT */
/* sched_op: giving the pcpu away, waiting, and ending the domain. The number before it (sched_op_compat) knew three. */
#include <abi/hypercall_prototypes.h>
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "lib/bits.h"
#include "machine/clock.h"
#include "machine/pcpu.h"
#include <xen/sched.h>

#define POLL_MAX   128u
#define WATCHDOGS  2u
#define NS_PER_S   1000000000ul

static long block(void)
{
    write_once(current->info->evtchn_upcall_mask, 0);
    sched_block_current();
    return 0;
}

static long shut_down(uint64_t arg)
{
    struct sched_shutdown s;

    if (!guest_read(&s, arg, sizeof(s)))
        return refuse(guest_copy_efault_read, arg, sizeof(s));
    domain_shutdown(current->domain, (uint8_t)s.reason);
    return 0;
}

static long shutdown_code(uint64_t arg)
{
    struct sched_shutdown s;

    if (!guest_read(&s, arg, sizeof(s)))
        return refuse(guest_copy_efault_read, arg, sizeof(s));
    current->domain->shutdown_code = (uint8_t)s.reason;
    return 0;
}

static long remote_shutdown(uint64_t arg)
{
    struct sched_remote_shutdown s;
    struct domain *d;

    if (!guest_read(&s, arg, sizeof(s)))
        return refuse(guest_copy_efault_read, arg, sizeof(s));
    d = domain_by_id(s.domain_id);
    if (!d)
        return refuse(sched_op_esrch_unknown_domain, s.domain_id);
    if (!current->domain->privileged)
        return refuse(sched_op_eperm_remote_shutdown, s.domain_id);
    domain_shutdown(d, (uint8_t)s.reason);
    return 0;
}

/* Says whether one of the ports is pending: 1, 0, or a refusal. A single port is remembered for wake_pollers. */
static long look_at_ports(struct vcpu *v, uint64_t ports, uint32_t n)
{
    evtchn_port_t port = 0;

    for (uint32_t i = 0; i < n; i++) {
        if (!guest_read_at(&port, ports, i))
            return refuse(guest_copy_efault_read, ports, n * sizeof(port));
        const struct evtchn *c = evtchn_lookup(v->domain, port);
        if (!c || read_once(c->state) == EVTCHNSTAT_closed)
            return refuse(sched_op_einval_poll_port, port);
        if (bit_test((uint64_t *)v->domain->shared_info->evtchn_pending, port))
            return 1;
    }
    if (n == 1)
        v->sched.poll_port = (int32_t)port;
    return 0;
}

static long poll(uint64_t arg)
{
    struct vcpu *v = current;
    struct sched_poll p;
    uint64_t ports;
    long rc;

    if (!guest_read(&p, arg, sizeof(p)))
        return refuse(guest_copy_efault_read, arg, sizeof(p));
    ports = (uint64_t)p.ports.p;
    if (p.nr_ports > POLL_MAX)
        return refuse(sched_op_einval_poll_too_many, p.nr_ports);
    if (!guest_range_ok(ports, p.nr_ports * sizeof(evtchn_port_t)))
        return refuse(guest_copy_efault_read, ports, p.nr_ports * sizeof(evtchn_port_t));

    /* Asleep first, then the look: an event in between finds us asleep and wakes us. */
    v->sched.poll_port = -1;
    v->sched.blocked = true;
    __atomic_fetch_or(&v->domain->evtchn.poll_mask, 1u << v->id, __ATOMIC_SEQ_CST);
    rc = evtchn_upcall_due(v) ? 1 : look_at_ports(v, ports, p.nr_ports);
    if (rc) {
        sched_wake(v);
        return rc < 0 ? rc : 0;
    }
    if (p.timeout)
        timer_set(v, TIMER_POLL, p.timeout);
    else if (timer_is_set(v, TIMER_POLL))
        timer_cancel(v, TIMER_POLL);
    this_cpu()->need_resched = true;
    return 0;
}

/* Two per domain, kept as timers of vcpu 0. */
static long watchdog(uint64_t arg)
{
    struct domain *d = current->domain;
    struct sched_watchdog w;
    uint64_t deadline;
    uint32_t i;

    if (!guest_read(&w, arg, sizeof(w)))
        return refuse(guest_copy_efault_read, arg, sizeof(w));
    deadline = clock_now_ns() + w.timeout * NS_PER_S;
    if (w.id > WATCHDOGS)
        return refuse(sched_op_einval_watchdog_id, w.id);
    if (w.id == 0) {
        for (i = 0; i < WATCHDOGS && timer_is_set(d->vcpu[0], TIMER_WATCHDOG_0 + i); i++)
            ;
        if (i == WATCHDOGS)
            return refuse(sched_op_enospc_watchdog, WATCHDOGS);
        timer_set(d->vcpu[0], TIMER_WATCHDOG_0 + i, deadline);
        return (long)i + 1;
    }
    if (!timer_is_set(d->vcpu[0], TIMER_WATCHDOG_0 + w.id - 1))
        return refuse(sched_op_einval_watchdog_id, w.id);
    if (w.timeout)
        timer_set(d->vcpu[0], TIMER_WATCHDOG_0 + w.id - 1, deadline);
    else
        timer_cancel(d->vcpu[0], TIMER_WATCHDOG_0 + w.id - 1);
    return 0;
}

long hc_sched_op(uint64_t cmd, uint64_t arg)
{
    switch ((uint32_t)cmd) {
    case SCHEDOP_yield:
        sched_yield_current();
        return 0;
    case SCHEDOP_block:
        return block();
    case SCHEDOP_shutdown:
        return shut_down(arg);
    case SCHEDOP_poll:
        return poll(arg);
    case SCHEDOP_remote_shutdown:
        return remote_shutdown(arg);
    case SCHEDOP_shutdown_code:
        return shutdown_code(arg);
    case SCHEDOP_watchdog:
        return watchdog(arg);
    case SCHEDOP_pin_override:
        return refuse(sched_op_eperm_pin_override);
    default:
        return refuse(sched_op_enosys_unknown_op, (uint32_t)cmd);
    }
}

long hc_sched_op_compat(uint64_t cmd, uint64_t arg)
{
    switch ((uint32_t)cmd) {
    case SCHEDOP_yield:
        sched_yield_current();
        return 0;
    case SCHEDOP_block:
        return block();
    case SCHEDOP_shutdown:
        domain_shutdown(current->domain, (uint8_t)arg);
        return 0;
    default:
        return refuse(sched_op_compat_enosys_unknown_op, (uint32_t)cmd);
    }
}
