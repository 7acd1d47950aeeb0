/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op: what guests ask of their event channels. The channels themselves: domain/evtchn.c. Each function
 * answers a value or a refusal.
 */
#include "pv/pv.h"

static struct vcpu *vcpu_of(const struct domain *d, uint32_t id)
{
    return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

/* Of calls that may name a domain: NULL with the refusal in *rc. */
static struct domain *domain_arg(domid_t dom, long *rc)
{
    struct domain *d;
    enum whose whose = domain_named(dom, &d);

    *rc = 0;
    if (whose == WHOSE_OK)
        return d;
    *rc = whose_refusal(event_channel_op, whose, dom);
    return NULL;
}

static bool virq_is_global(uint32_t virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

static long got_port(evtchn_port_t port, evtchn_port_t *out)
{
    *out = port;
    return port ? 0 : refuse(event_channel_op_enospc_no_free_port, EVTCHN_PORTS - 1);
}

static long op_alloc_unbound(struct vcpu *caller, void *args)
{
    struct evtchn_alloc_unbound *a = args;
    domid_t remote = a->remote_dom == DOMID_SELF ? caller->domain->id : a->remote_dom;
    long rc;
    struct domain *d = domain_arg(a->dom, &rc);

    if (!d)
        return rc;
    return got_port(evtchn_new_port(d, (struct evtchn){.state = EVTCHNSTAT_unbound, .remote_dom = remote}), &a->port);
}

static long op_bind_interdomain(struct vcpu *caller, void *args)
{
    struct evtchn_bind_interdomain *a = args;
    struct domain *d = caller->domain, *far;
    evtchn_port_t port;
    struct evtchn *remote;
    uint32_t state;

    if (domain_named(a->remote_dom, &far) == WHOSE_UNKNOWN) /* rights are the port's business */
        return refuse(event_channel_op_esrch_unknown_domain, a->remote_dom);
    spin_lock(&evtchn_lock);
    remote = evtchn_lookup(far, a->remote_port);
    state = remote ? remote->state : EVTCHNSTAT_closed;
    if (state != EVTCHNSTAT_unbound || remote->remote_dom != d->id) {
        spin_unlock(&evtchn_lock);
        return refuse(event_channel_op_einval_interdomain_remote_port, a->remote_port, far->id, state);
    }
    port = evtchn_take_port(d, (struct evtchn){.state = EVTCHNSTAT_interdomain, .remote_dom = far->id,
                                               .remote_port = a->remote_port});
    if (port) {
        remote->state = EVTCHNSTAT_interdomain;
        remote->remote_dom = d->id;
        remote->remote_port = port;
        /* What was sent while the far end was unbound is lost: an event for nothing makes up for it. */
        evtchn_set_pending(d->vcpu[0], port);
    }
    spin_unlock(&evtchn_lock);
    return got_port(port, &a->local_port);
}

static long op_bind_virq(struct vcpu *caller, void *args)
{
    struct evtchn_bind_virq *a = args;
    uint32_t virq = a->virq, vcpu = a->vcpu;
    struct domain *d = caller->domain;
    struct vcpu *v = vcpu_of(d, vcpu);
    evtchn_port_t port = 0, bound;

    if (virq >= NR_VIRQS)
        return refuse(event_channel_op_einval_virq_range, virq);
    if (virq_is_global(virq) && vcpu != 0)
        return refuse(event_channel_op_einval_virq_global_vcpu, virq, vcpu);
    if (!v)
        return refuse(event_channel_op_enoent_no_such_vcpu, vcpu);

    spin_lock(&evtchn_lock);
    bound = v->virq_port[virq];
    if (!bound) {
        port = evtchn_take_port(d, (struct evtchn){.state = EVTCHNSTAT_virq, .vcpu = (uint16_t)vcpu, .virq = virq});
        write_once(v->virq_port[virq], (uint16_t)port);
    }
    spin_unlock(&evtchn_lock);

    if (bound)
        return refuse(event_channel_op_eexist_virq_bound, virq, vcpu, bound);
    return got_port(port, &a->port);
}

static long op_bind_ipi(struct vcpu *caller, void *args)
{
    struct evtchn_bind_ipi *a = args;
    struct evtchn ipi = {.state = EVTCHNSTAT_ipi, .vcpu = (uint16_t)a->vcpu};

    if (!vcpu_of(caller->domain, a->vcpu))
        return refuse(event_channel_op_enoent_no_such_vcpu, a->vcpu);
    return got_port(evtchn_new_port(caller->domain, ipi), &a->port);
}

static long op_close(struct vcpu *caller, void *args)
{
    evtchn_port_t port = ((struct evtchn_close *)args)->port;
    struct domain *d = caller->domain;
    struct evtchn *c = evtchn_lookup(d, port);
    bool was_open;

    if (!c)
        return refuse(event_channel_op_einval_port_range, port);
    spin_lock(&evtchn_lock);
    was_open = c->state != EVTCHNSTAT_closed;
    if (was_open)
        evtchn_close_port(d, port);
    spin_unlock(&evtchn_lock);
    return was_open ? 0 : refuse(event_channel_op_einval_port_free, port);
}

static long op_send(struct vcpu *caller, void *args)
{
    return evtchn_send(caller->domain, ((struct evtchn_send *)args)->port);
}

static long op_status(struct vcpu *caller UNUSED, void *args)
{
    struct evtchn_status *s = args;
    struct evtchn *c;
    long rc;
    struct domain *d = domain_arg(s->dom, &rc);

    if (!d)
        return rc;
    c = evtchn_lookup(d, s->port);
    if (!c)
        return refuse(event_channel_op_einval_port_range, s->port);

    spin_lock(&evtchn_lock);
    s->status = c->state;
    s->vcpu = c->vcpu;
    if (c->state == EVTCHNSTAT_unbound || c->state == EVTCHNSTAT_interdomain)
        s->u.interdomain.dom = c->remote_dom; /* both begin with it */
    if (c->state == EVTCHNSTAT_interdomain)
        s->u.interdomain.port = c->xen_end ? 0 : c->remote_port;
    if (c->state == EVTCHNSTAT_virq)
        s->u.virq = c->virq;
    spin_unlock(&evtchn_lock);
    return 0;
}

static long op_bind_vcpu(struct vcpu *caller, void *args)
{
    const struct evtchn_bind_vcpu *a = args;
    struct domain *d = caller->domain;
    struct evtchn *c = evtchn_lookup(d, a->port);
    uint32_t state;
    bool ok;

    if (!vcpu_of(d, a->vcpu))
        return refuse(event_channel_op_enoent_no_such_vcpu, a->vcpu);
    if (!c)
        return refuse(event_channel_op_einval_port_range, a->port);
    spin_lock(&evtchn_lock);
    state = c->state;
    ok = state == EVTCHNSTAT_unbound || state == EVTCHNSTAT_interdomain ||
         (state == EVTCHNSTAT_virq && virq_is_global(c->virq));
    if (ok)
        write_once(c->vcpu, (uint16_t)a->vcpu);
    spin_unlock(&evtchn_lock);
    return ok ? 0 : refuse(event_channel_op_einval_bind_vcpu_kind, a->port, state);
}

static long op_unmask(struct vcpu *caller, void *args)
{
    evtchn_port_t port = ((struct evtchn_unmask *)args)->port;
    struct domain *d = caller->domain;
    struct evtchn *c = evtchn_lookup(d, port);

    if (!c)
        return refuse(event_channel_op_einval_port_range, port);
    evtchn_unmask(d, c, port);
    return 0;
}

static long op_reset(struct vcpu *caller UNUSED, void *args)
{
    long rc;
    struct domain *d = domain_arg(((struct evtchn_reset *)args)->dom, &rc);

    while (d && !evtchn_close_step(d, false)) {
        if (preempt_check())
            return HYPERCALL_CONTINUED;
    }
    return rc;
}

static const struct sub_op ops[] = {
    [EVTCHNOP_alloc_unbound] = SUB_OP_RETURNS(op_alloc_unbound, struct evtchn_alloc_unbound),
    [EVTCHNOP_bind_interdomain] = SUB_OP_RETURNS(op_bind_interdomain, struct evtchn_bind_interdomain),
    [EVTCHNOP_bind_virq] = SUB_OP_RETURNS(op_bind_virq, struct evtchn_bind_virq),
    [EVTCHNOP_bind_ipi] = SUB_OP_RETURNS(op_bind_ipi, struct evtchn_bind_ipi),
    [EVTCHNOP_close] = SUB_OP(op_close, struct evtchn_close),
    [EVTCHNOP_send] = SUB_OP(op_send, struct evtchn_send),
    [EVTCHNOP_status] = SUB_OP_RETURNS(op_status, struct evtchn_status),
    [EVTCHNOP_bind_vcpu] = SUB_OP(op_bind_vcpu, struct evtchn_bind_vcpu),
    [EVTCHNOP_unmask] = SUB_OP(op_unmask, struct evtchn_unmask),
    [EVTCHNOP_reset] = SUB_OP(op_reset, struct evtchn_reset),
};

/* Not inline: what it saves on the stack would be saved for each event sent. */
static __attribute__((noinline)) long from_table(uint64_t cmd, uint64_t arg)
{
    const struct sub_op *op = sub_op_find(ops, cmd);
    long rc;

    if (!op)
        return refuse(event_channel_op_enosys_unknown_op, (uint32_t)cmd);
    rc = sub_op_call(op, current, arg);
    return rc == HYPERCALL_CONTINUED ? hypercall_continue(__HYPERVISOR_event_channel_op, 2, cmd, arg) : rc;
}

long hc_event_channel_op(uint64_t cmd, uint64_t arg)
{
    evtchn_port_t port;

    /* The one that is made all the time. */
    if (likely((uint32_t)cmd == EVTCHNOP_send) && guest_read(&port, arg, sizeof(port)))
        return evtchn_send(current->domain, port);
    return from_table(cmd, arg);
}
