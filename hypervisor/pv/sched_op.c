/* SPDX-License-Identifier: MIT */
/* sched_op: giving the pcpu away, waiting, and ending the domain. */
#include "lib/bits.h"
#include "machine/clock.h"
#include "pv/pv.h"
#include <xen/sched.h>

#define POLL_MAX   128u
#define WATCHDOGS  2u
#define NS_PER_S   1000000000ul

static long op_yield(void)
{
    sched_yield_current();
    return 0;
}

static long op_block(struct vcpu *v)
{
    write_once(v->info->evtchn_upcall_mask, 0);
    sched_block_current();
    return 0;
}

static long op_shutdown(struct vcpu *v, const struct sched_shutdown *s)
{
    domain_shutdown(v->domain, (uint8_t)s->reason);
    return 0;
}

static long op_shutdown_code(struct vcpu *v, const struct sched_shutdown *s)
{
    v->domain->shutdown_code = (uint8_t)s->reason;
    return 0;
}

static long op_remote_shutdown(struct vcpu *v, const struct sched_remote_shutdown *s)
{
    struct domain *d = domain_by_id(s->domain_id);

    if (!d)
        return refuse(sched_op_esrch_unknown_domain, s->domain_id);
    if (!v->domain->privileged)
        return refuse(sched_op_eperm_remote_shutdown, s->domain_id);
    domain_shutdown(d, (uint8_t)s->reason);
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

static long op_poll(struct vcpu *v, const struct sched_poll *p)
{
    uint64_t ports = (uint64_t)p->ports.p;
    long rc;

    if (p->nr_ports > POLL_MAX)
        return refuse(sched_op_einval_poll_too_many, p->nr_ports);
    if (!guest_range_ok(ports, p->nr_ports * sizeof(evtchn_port_t)))
        return refuse(guest_copy_efault_read, ports, p->nr_ports * sizeof(evtchn_port_t));

    /* Asleep first, then the look: an event in between finds us asleep and wakes us. */
    v->sched.poll_port = -1;
    v->sched.blocked = true;
    __atomic_fetch_or(&v->domain->evtchn.poll_mask, 1u << v->id, __ATOMIC_SEQ_CST);
    rc = vcpu_upcall_due(v) ? 1 : look_at_ports(v, ports, p->nr_ports);
    if (rc) {
        sched_wake(v);
        return rc < 0 ? rc : 0;
    }
    if (p->timeout)
        timer_set(v, TIMER_POLL, p->timeout);
    else if (timer_is_set(v, TIMER_POLL))
        timer_cancel(v, TIMER_POLL);
    this_cpu()->need_resched = true;
    return 0;
}

/* Two per domain, kept as timers of vcpu 0. */
static long op_watchdog(struct vcpu *v, const struct sched_watchdog *w)
{
    uint64_t deadline = clock_now_ns() + w->timeout * NS_PER_S;
    struct vcpu *keeper = v->domain->vcpu[0];
    unsigned int timer = TIMER_WATCHDOG_0;

    if (w->id == 0) {
        while (timer < TIMER_WATCHDOG_0 + WATCHDOGS && timer_is_set(keeper, timer))
            timer++;
        if (timer == TIMER_WATCHDOG_0 + WATCHDOGS)
            return refuse(sched_op_enospc_watchdog, WATCHDOGS);
        timer_set(keeper, timer, deadline);
        return (long)timer - TIMER_WATCHDOG_0 + 1;
    }
    timer += w->id - 1;
    if (w->id > WATCHDOGS || !timer_is_set(keeper, timer))
        return refuse(sched_op_einval_watchdog_id, w->id);
    if (w->timeout)
        timer_set(keeper, timer, deadline);
    else
        timer_cancel(keeper, timer);
    return 0;
}

static long op_pin_override(void)
{
    return refuse(sched_op_eperm_pin_override);
}

SUB_OP_HANDLER(sched_op)

/* The form of before 2005: a reason is given as it is. */
long hc_sched_op_compat(uint64_t cmd, uint64_t arg)
{
    const struct sched_shutdown s = {.reason = (unsigned int)arg};

    switch ((uint32_t)cmd) {
    case SCHEDOP_yield:
        return op_yield();
    case SCHEDOP_block:
        return op_block(current);
    case SCHEDOP_shutdown:
        return op_shutdown(current, &s);
    default:
        return refuse(sched_op_compat_enosys_unknown_op, (uint32_t)cmd);
    }
}
