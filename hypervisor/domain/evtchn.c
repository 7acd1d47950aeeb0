/* SPDX-License-Identifier: MIT */
/*
 * Event channels (evtchn.h): ports, their binding, and delivery in the two-level ABI. A struct domain is never freed,
 * so the far end's domain can be looked at whatever state it is in; its buckets live until all its ports are closed.
 */
#include "domain/evtchn.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/bits.h"
#include "machine/pcpu.h"
#include "memory/alloc.h"

#define XEN_ENDS 4

static evtchn_xen_fn xen_ends[XEN_ENDS]; /* functions behind struct evtchn.xen_end; filled at boot */

bool evtchn_init(struct domain *d)
{
    d->evtchn.bucket[0] = alloc_pages(0);
    d->evtchn.lowest_free = 1; /* port 0 is nobody's */
    return d->evtchn.bucket[0] != NULL;
}

/* --- delivery ----------------------------------------------------------------------------------------------- */

bool evtchn_upcall_due(const struct vcpu *v)
{
    return vcpu_upcall_pending(v) && !vcpu_upcall_masked(v);
}

static void mark_upcall(struct vcpu *v)
{
    if (__atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST))
        return;
    if (v->sched.blocked)
        sched_wake(v);
    else
        sched_kick_vcpu(v);
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

void evtchn_set_pending(struct vcpu *v, evtchn_port_t port)
{
    struct domain *d = v->domain;
    uint64_t *pending = (uint64_t *)d->shared_info->evtchn_pending;
    uint64_t *mask = (uint64_t *)d->shared_info->evtchn_mask;

    if (bit_atomic_test_and_set(pending, port))
        return;
    if (!bit_test(mask, port) && !bit_atomic_test_and_set((uint64_t *)&v->info->evtchn_pending_sel, port / 64))
        mark_upcall(v);
    if (unlikely(d->evtchn.poll_mask))
        wake_pollers(d, port);
}

void evtchn_send_virq(struct vcpu *v, uint32_t virq)
{
    evtchn_port_t port = read_once(v->virq_port[virq]);

    if (port)
        evtchn_set_pending(v, port);
}

void evtchn_send_global_virq(uint32_t virq)
{
    struct domain *d = domain_by_id(0);
    evtchn_port_t port;
    struct evtchn *c;

    if (!d || !d->vcpu[0])
        return;
    /* No lock, so that anyone can send: at worst a port that is being closed gets a pending bit. */
    port = read_once(d->vcpu[0]->virq_port[virq]);
    c = evtchn_lookup(d, port);
    if (port && c)
        evtchn_set_pending(d->vcpu[read_once(c->vcpu)], port);
}

/* --- ports --------------------------------------------------------------------------------------------------- */

/* Under d's lock: a free port with its bucket, or 0. The caller sets its state at once. */
evtchn_port_t evtchn_take_port(struct domain *d)
{
    struct evtchn_table *t = &d->evtchn;

    for (evtchn_port_t port = t->lowest_free; port < EVTCHN_PORTS; port++) {
        struct evtchn **bucket = &t->bucket[port / EVTCHN_PER_BUCKET];

        if (!*bucket && !(*bucket = alloc_pages(0)))
            return 0;
        if ((*bucket)[port % EVTCHN_PER_BUCKET].state == EVTCHNSTAT_closed) {
            t->lowest_free = port + 1;
            return port;
        }
    }
    t->lowest_free = EVTCHN_PORTS;
    return 0;
}

/* Takes a port and makes it what `as` says. */
evtchn_port_t evtchn_new_port(struct domain *d, struct evtchn as)
{
    evtchn_port_t port;

    spin_lock(&d->evtchn.lock);
    port = evtchn_take_port(d);
    if (port)
        *evtchn_lookup(d, port) = as;
    spin_unlock(&d->evtchn.lock);
    return port;
}

static void free_port(struct domain *d, evtchn_port_t port)
{
    *evtchn_lookup(d, port) = (struct evtchn){.state = EVTCHNSTAT_closed};
    d->evtchn.lowest_free = min(d->evtchn.lowest_free, port);
    /* Nothing left over for whoever gets this port next. */
    bit_atomic_clear((uint64_t *)d->shared_info->evtchn_pending, port);
}

void evtchn_lock_two(struct domain *a, struct domain *b)
{
    spin_lock(a->id <= b->id ? &a->evtchn.lock : &b->evtchn.lock);
    if (a != b)
        spin_lock(a->id <= b->id ? &b->evtchn.lock : &a->evtchn.lock);
}

void evtchn_unlock_two(struct domain *a, struct domain *b)
{
    spin_unlock(&a->evtchn.lock);
    if (a != b)
        spin_unlock(&b->evtchn.lock);
}

/* Locks d and, if the port is bound to another domain, that one too; returns it (or d). */
struct domain *evtchn_lock_ends(struct domain *d, const struct evtchn *c)
{
    for (;;) {
        bool bound = read_once(c->state) == EVTCHNSTAT_interdomain && !c->xen_end;
        struct domain *far = bound ? domain_table[read_once(c->remote_dom) % DOMAIN_MAX] : d;

        far = far ? far : d; /* the channel changed between the two looks: so it will under the locks */
        evtchn_lock_two(d, far);
        bound = c->state == EVTCHNSTAT_interdomain && !c->xen_end;
        if (far == (bound ? domain_table[c->remote_dom] : d))
            return far;
        evtchn_unlock_two(d, far);
    }
}

/* Under the locks of both ends. */
void evtchn_close_locked(struct domain *d, evtchn_port_t port, struct domain *far)
{
    struct evtchn *c = evtchn_lookup(d, port);

    if (c->state == EVTCHNSTAT_virq) {
        for (uint32_t i = 0; i < d->max_vcpus; i++) {
            if (d->vcpu[i] && d->vcpu[i]->virq_port[c->virq] == port)
                write_once(d->vcpu[i]->virq_port[c->virq], 0);
        }
    } else if (c->state == EVTCHNSTAT_interdomain && !c->xen_end) {
        struct evtchn *other = evtchn_lookup(far, c->remote_port);

        /* The far end waits for us again, as before we were bound. */
        other->state = EVTCHNSTAT_unbound;
        other->remote_dom = d->id;
        other->remote_port = 0;
    }
    free_port(d, port);
}

bool evtchn_close_step(struct domain *d, bool xen_ends_too)
{
    unsigned int done = 0;

    for (evtchn_port_t port = 1; port < EVTCHN_PORTS; port++) {
        struct evtchn *c = evtchn_lookup(d, port);

        if (!c) {
            port |= EVTCHN_PER_BUCKET - 1;
            continue;
        }
        if (c->state == EVTCHNSTAT_closed || (c->xen_end && !xen_ends_too))
            continue;
        if (done++ == EVTCHN_CLOSE_STEP)
            return false;

        struct domain *far = evtchn_lock_ends(d, c);

        if (c->state != EVTCHNSTAT_closed)
            evtchn_close_locked(d, port, far);
        evtchn_unlock_two(d, far);
    }
    return true;
}

void evtchn_free(struct domain *d)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->evtchn.bucket); i++) {
        if (d->evtchn.bucket[i])
            alloc_free_pages(d->evtchn.bucket[i], 0);
        d->evtchn.bucket[i] = NULL;
    }
}

/* --- ends of ours -------------------------------------------------------------------------------------------- */

evtchn_port_t evtchn_alloc_for_builder(struct domain *d, domid_t remote)
{
    return evtchn_new_port(d, (struct evtchn){.state = EVTCHNSTAT_unbound, .remote_dom = remote});
}

evtchn_port_t evtchn_alloc_xen(struct domain *d, evtchn_xen_fn fn)
{
    for (unsigned int i = 0; i < XEN_ENDS; i++) {
        if (!xen_ends[i])
            xen_ends[i] = fn;
        if (xen_ends[i] == fn)
            return evtchn_new_port(d, (struct evtchn){.state = EVTCHNSTAT_interdomain, .xen_end = (uint8_t)(i + 1)});
    }
    return 0;
}

void evtchn_notify(struct domain *d, evtchn_port_t port)
{
    struct evtchn *c;

    spin_lock(&d->evtchn.lock);
    c = evtchn_lookup(d, port);
    if (c && c->xen_end)
        evtchn_set_pending(d->vcpu[c->vcpu], port);
    spin_unlock(&d->evtchn.lock);
}

evtchn_xen_fn evtchn_xen_end(const struct evtchn *c)
{
    return xen_ends[c->xen_end - 1];
}

void evtchn_unmask_port(struct vcpu *v, evtchn_port_t port)
{
    struct shared_info *s = v->domain->shared_info;

    if (bit_atomic_test_and_clear((uint64_t *)s->evtchn_mask, port) &&
        bit_test((uint64_t *)s->evtchn_pending, port) &&
        !bit_atomic_test_and_set((uint64_t *)&v->info->evtchn_pending_sel, port / 64))
        mark_upcall(v);
}
