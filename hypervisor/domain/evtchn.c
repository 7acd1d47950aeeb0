/* SPDX-License-Identifier: MIT */
/*
 * Event channels (evtchn.h): ports, their binding, and delivery in the two-level ABI. A struct domain is never freed,
 * so the far end's domain can be looked at whatever state it is in; its table lives until all its ports are closed.
 */
#include "domain/evtchn.h"
#include "domain/console.h"
#include "domain/domain.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "lib/bits.h"
#include "machine/pcpu.h"
#include "memory/alloc.h"

spinlock_t evtchn_lock;

bool evtchn_init(struct domain *d)
{
    d->evtchn.port = alloc_bytes(EVTCHN_PORTS * sizeof(struct evtchn));
    d->evtchn.end = EVTCHN_GROWS;
    d->evtchn.lowest_free = 1; /* port 0 is nobody's */
    return d->evtchn.port != NULL;
}

/* --- delivery ----------------------------------------------------------------------------------------------- */

/*
 * The byte is set whatever the selector was: another sender may have come as far as the selector only, and ours counts
 * on the upcall when it returns.
 */
static ALWAYS_INLINE void mark_upcall(struct vcpu *v, evtchn_port_t port)
{
    bit_atomic_set((uint64_t *)&v->info->evtchn_pending_sel, port / 64);
    if (__atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
        return;
    if (v->sched.blocked)
        sched_wake(v);
    else if (v != current)
        sched_kick(v);
}

static void wake_pollers(struct domain *d, evtchn_port_t port)
{
    uint32_t left = d->evtchn.poll_mask;

    while (left) {
        struct vcpu *v = d->vcpu[bit_lowest(left)];

        left &= left - 1;
        if (v->sched.poll_port == -1 || v->sched.poll_port == (int32_t)port)
            sched_wake(v);
    }
}

static ALWAYS_INLINE void set_pending(struct domain *d, struct vcpu *v, evtchn_port_t port)
{
    if (bit_atomic_set((uint64_t *)d->shared_info->evtchn_pending, port))
        return;
    if (!bit_test((uint64_t *)d->shared_info->evtchn_mask, port))
        mark_upcall(v, port);
    if (unlikely(d->evtchn.poll_mask))
        wake_pollers(d, port);
}

void evtchn_set_pending(struct vcpu *v, evtchn_port_t port)
{
    set_pending(v->domain, v, port);
}

/* No lock, so that anyone can send: at worst a port that is being closed gets a pending bit. */
void evtchn_send_virq(struct vcpu *v, uint32_t virq)
{
    struct domain *d = v->domain;
    evtchn_port_t port = read_once(v->virq_port[virq]);

    if (port)
        set_pending(d, d->vcpu[read_once(d->evtchn.port[port].vcpu)], port);
}

void evtchn_send_global_virq(uint32_t virq)
{
    struct domain *d = domain_by_id(0);

    if (d)
        evtchn_send_virq(d->vcpu[0], virq);
}

/* To the channel's far end, if there is one. Ours acts when the lock is free again. */
static __attribute__((noinline)) long send_far(struct evtchn *at, evtchn_port_t port)
{
    const struct domain *far;
    struct evtchn c;

    spin_lock(&evtchn_lock);
    c = *at;
    if (c.state == EVTCHNSTAT_interdomain && !c.xen_end) {
        far = domain_table[c.remote_dom];
        evtchn_set_pending(far->vcpu[evtchn_lookup(far, c.remote_port)->vcpu], c.remote_port);
    }
    spin_unlock(&evtchn_lock);
    if (c.xen_end)
        console_pump();
    /* Into an unbound port it is lost, without an error; ipi: it was something else just now. */
    return likely(c.state == EVTCHNSTAT_interdomain || c.state == EVTCHNSTAT_unbound || c.state == EVTCHNSTAT_ipi)
               ? 0 : refuse(event_channel_op_einval_send_unbindable, port, c.state);
}

static __attribute__((noinline, cold)) long refuse_port(evtchn_port_t port)
{
    return refuse(event_channel_op_einval_port_range, port);
}

HOT long evtchn_send(struct domain *d, evtchn_port_t port)
{
    struct evtchn *c = evtchn_lookup(d, port);

    if (unlikely(!c))
        return refuse_port(port);
    /* No lock to one's own vcpus: at worst a port that is being closed gets a pending bit. */
    if (read_once(c->state) != EVTCHNSTAT_ipi)
        return send_far(c, port);
    set_pending(d, d->vcpu[read_once(c->vcpu)], port);
    return 0;
}

void evtchn_unmask(struct domain *d, const struct evtchn *c, evtchn_port_t port)
{
    uint64_t *pending = (uint64_t *)d->shared_info->evtchn_pending;

    if (bit_atomic_clear((uint64_t *)d->shared_info->evtchn_mask, port) && bit_test(pending, port))
        mark_upcall(d->vcpu[read_once(c->vcpu)], port);
}

/* --- ports --------------------------------------------------------------------------------------------------- */

evtchn_port_t evtchn_take_port(struct domain *d, struct evtchn as)
{
    struct evtchn_table *t = &d->evtchn;

    for (evtchn_port_t port = t->lowest_free; port < EVTCHN_PORTS; port++) {
        if (t->port[port].state != EVTCHNSTAT_closed)
            continue;
        t->port[port] = as;
        t->lowest_free = port + 1;
        t->end = max(t->end, align_up(port + 1, EVTCHN_GROWS));
        return port;
    }
    t->lowest_free = EVTCHN_PORTS;
    return 0;
}

void evtchn_close_port(struct domain *d, evtchn_port_t port)
{
    struct evtchn *c = evtchn_lookup(d, port), *other;

    if (c->state == EVTCHNSTAT_virq) {
        for (uint32_t i = 0; i < d->max_vcpus; i++)
            if (d->vcpu[i]->virq_port[c->virq] == port)
                write_once(d->vcpu[i]->virq_port[c->virq], 0);
    } else if (c->state == EVTCHNSTAT_interdomain && !c->xen_end) {
        /* The far end waits for us again, as before we were bound. */
        other = evtchn_lookup(domain_table[c->remote_dom], c->remote_port);
        other->state = EVTCHNSTAT_unbound;
        other->remote_dom = d->id;
        other->remote_port = 0;
    }
    *c = (struct evtchn){.state = EVTCHNSTAT_closed};
    d->evtchn.lowest_free = min(d->evtchn.lowest_free, port);
    /* Nothing left over for whoever gets this port next. */
    bit_atomic_clear((uint64_t *)d->shared_info->evtchn_pending, port);
}

bool evtchn_close_step(struct domain *d, bool xen_ends_too)
{
    unsigned int done = 0;

    for (evtchn_port_t port = 1; port < d->evtchn.end && done < EVTCHN_CLOSE_STEP; port++) {
        const struct evtchn *c = &d->evtchn.port[port];

        if (c->state != EVTCHNSTAT_closed && (xen_ends_too || !c->xen_end)) {
            evtchn_close_port(d, port);
            done++;
        }
    }
    return done < EVTCHN_CLOSE_STEP;
}

void evtchn_free(struct domain *d)
{
    d->evtchn.end = 0;
    alloc_free_bytes(d->evtchn.port, EVTCHN_PORTS * sizeof(struct evtchn));
}

void evtchn_notify(struct domain *d, evtchn_port_t port)
{
    const struct evtchn *c = evtchn_lookup(d, port);
    SPIN_GUARD(&evtchn_lock);

    if (c && c->xen_end)
        evtchn_set_pending(d->vcpu[c->vcpu], port);
}
