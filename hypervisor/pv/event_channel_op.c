/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op: what guests ask of their event channels. The channels themselves: domain/evtchn.c. Each function
 * answers a value or a refusal, and runs under evtchn_lock; only op_send takes it
 * itself.
 */
#include "pv/pv.h"

static bool virq_is_global(uint32_t virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

/* A port of d becomes a channel. */
static long new_port(struct domain *d, struct evtchn as, evtchn_port_t *port)
{
    *port = evtchn_take_port(d, as);
    return *port ? 0 : refuse(event_channel_op_enospc_no_free_port, EVTCHN_PORTS - 1);
}

static long op_alloc_unbound(struct vcpu *caller, struct evtchn_alloc_unbound *a)
{
    domid_t remote = a->remote_dom == DOMID_SELF ? caller->domain->id : a->remote_dom;
    struct domain *d = domain_named(a->dom);

    if (!domain_allowed(d))
        return domain_refusal(event_channel_op, d, a->dom);
    return new_port(d, (struct evtchn){.state = EVTCHNSTAT_unbound, .remote_dom = remote}, &a->port);
}

static long op_bind_interdomain(struct vcpu *caller, struct evtchn_bind_interdomain *a)
{
    struct domain *d = caller->domain, *far = domain_named(a->remote_dom);
    struct evtchn *remote;
    long rc;

    if (!far) /* rights are the port's business */
        return refuse(event_channel_op_esrch_unknown_domain, a->remote_dom);
    remote = evtchn_lookup(far, a->remote_port);
    if (!remote || remote->state != EVTCHNSTAT_unbound || remote->remote_dom != d->id)
        return refuse(event_channel_op_einval_interdomain_remote_port, a->remote_port, far->id);
    rc = new_port(d, (struct evtchn){.state = EVTCHNSTAT_interdomain, .remote_dom = far->id,
                                     .remote_port = a->remote_port}, &a->local_port);
    if (rc)
        return rc;
    remote->state = EVTCHNSTAT_interdomain;
    remote->remote_dom = d->id;
    remote->remote_port = a->local_port;
    /* What was sent while the far end was unbound is lost: an event for nothing makes up for it. */
    evtchn_set_pending(d->vcpu[0], a->local_port);
    return 0;
}

static long op_bind_virq(struct vcpu *caller, struct evtchn_bind_virq *a)
{
    struct evtchn virq = {.state = EVTCHNSTAT_virq, .vcpu = (uint16_t)a->vcpu, .virq = a->virq};
    struct domain *d = caller->domain;
    uint16_t *bound;
    long rc;

    if (a->virq >= NR_VIRQS)
        return refuse(event_channel_op_einval_virq_range, a->virq);
    if (virq_is_global(a->virq) && a->vcpu != 0)
        return refuse(event_channel_op_einval_virq_global_vcpu, a->virq, a->vcpu);
    if (a->vcpu >= d->max_vcpus)
        return refuse(event_channel_op_enoent_no_such_vcpu, a->vcpu);
    bound = &d->vcpu[a->vcpu]->virq_port[a->virq];
    if (*bound)
        return refuse(event_channel_op_eexist_virq_bound, a->virq, a->vcpu, *bound);
    rc = new_port(d, virq, &a->port);
    write_once(*bound, (uint16_t)a->port);
    return rc;
}

static long op_bind_ipi(struct vcpu *caller, struct evtchn_bind_ipi *a)
{
    if (a->vcpu >= caller->domain->max_vcpus)
        return refuse(event_channel_op_enoent_no_such_vcpu, a->vcpu);
    return new_port(caller->domain, (struct evtchn){.state = EVTCHNSTAT_ipi, .vcpu = (uint16_t)a->vcpu}, &a->port);
}

static long op_close(struct vcpu *caller, const struct evtchn_close *a)
{
    const struct evtchn *c = evtchn_lookup(caller->domain, a->port);

    if (!c)
        return refuse(event_channel_op_einval_port_range, a->port);
    if (c->state == EVTCHNSTAT_closed)
        return refuse(event_channel_op_einval_port_free, a->port);
    evtchn_close_port(caller->domain, a->port);
    return 0;
}

static long op_send(struct vcpu *caller, const struct evtchn_send *a)
{
    return evtchn_send(caller->domain, a->port);
}

static long op_status(struct vcpu *caller UNUSED, struct evtchn_status *s)
{
    const struct domain *d = domain_named(s->dom);
    const struct evtchn *c;

    if (!domain_allowed(d))
        return domain_refusal(event_channel_op, d, s->dom);
    c = evtchn_lookup(d, s->port);
    if (!c)
        return refuse(event_channel_op_einval_port_range, s->port);
    s->status = c->state;
    s->vcpu = c->vcpu;
    if (c->state == EVTCHNSTAT_unbound || c->state == EVTCHNSTAT_interdomain)
        s->u.interdomain.dom = c->remote_dom; /* both begin with it */
    if (c->state == EVTCHNSTAT_interdomain)
        s->u.interdomain.port = c->xen_end ? 0 : c->remote_port;
    if (c->state == EVTCHNSTAT_virq)
        s->u.virq = c->virq;
    return 0;
}

static long op_bind_vcpu(struct vcpu *caller, const struct evtchn_bind_vcpu *a)
{
    struct evtchn *c = evtchn_lookup(caller->domain, a->port);

    if (a->vcpu >= caller->domain->max_vcpus)
        return refuse(event_channel_op_enoent_no_such_vcpu, a->vcpu);
    if (!c)
        return refuse(event_channel_op_einval_port_range, a->port);
    if (c->state != EVTCHNSTAT_unbound && c->state != EVTCHNSTAT_interdomain &&
        !(c->state == EVTCHNSTAT_virq && virq_is_global(c->virq)))
        return refuse(event_channel_op_einval_bind_vcpu_kind, a->port, c->state);
    write_once(c->vcpu, (uint16_t)a->vcpu);
    return 0;
}

static long op_unmask(struct vcpu *caller, const struct evtchn_unmask *a)
{
    const struct evtchn *c = evtchn_lookup(caller->domain, a->port);

    if (!c)
        return refuse(event_channel_op_einval_port_range, a->port);
    evtchn_unmask(caller->domain, c, a->port);
    return 0;
}

static long op_reset(struct vcpu *caller UNUSED, const struct evtchn_reset *a)
{
    struct domain *d = domain_named(a->dom);

    if (!domain_allowed(d))
        return domain_refusal(event_channel_op, d, a->dom);
    return evtchn_close_step(d, false) ? 0 : HYPERCALL_CONTINUED;
}

static const struct sub_op ops[] = {SUB_OPS_event_channel_op};

/* Not inline: what it saves on the stack would be saved for each event sent. */
static __attribute__((noinline)) long from_table(uint64_t cmd, uint64_t arg)
{
    const struct sub_op *op = sub_op_find(ops, cmd);
    long rc;

    if (!op)
        return refuse(event_channel_op_enosys_unknown_op, (uint32_t)cmd);
    if (op == &ops[EVTCHNOP_send])
        return sub_op_call(op, current, arg);
    SPIN_GUARD(&evtchn_lock);
    rc = sub_op_call(op, current, arg);
    return rc == HYPERCALL_CONTINUED ? hypercall_continue(__HYPERVISOR_event_channel_op, 2, cmd, arg) : rc;
}

HOT long hc_event_channel_op(uint64_t cmd, uint64_t arg)
{
    evtchn_port_t port;

    /* The one that is made all the time. */
    if (likely((uint32_t)cmd == EVTCHNOP_send) && guest_read(&port, arg, sizeof(port)))
        return evtchn_send(current->domain, port);
    return from_table(cmd, arg);
}

/* The form of before 2005: what is asked for stands before its structure. */
long hc_event_channel_op_compat(uint64_t op)
{
    uint32_t cmd;

    if (!guest_read(&cmd, op, sizeof(cmd)))
        return refuse(guest_copy_efault_read, op, sizeof(cmd));
    return hc_event_channel_op(cmd, op + offsetof(struct evtchn_op, u));
}
