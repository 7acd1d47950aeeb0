/* SPDX-License-Identifier: MIT */
/*
 * event_channel_op: what guests ask of their event channels. The channels themselves: domain/evtchn.c. Each function
 * answers a value or a refusal; the table at the end copies arguments in and results out.
 */
#include <abi/hypercall_prototypes.h>
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "machine/pcpu.h"
#include "pv/continuation.h"

union evtchn_args {
    struct evtchn_alloc_unbound alloc_unbound;
    struct evtchn_bind_interdomain bind_interdomain;
    struct evtchn_bind_virq bind_virq;
    struct evtchn_bind_ipi bind_ipi;
    struct evtchn_close close;
    struct evtchn_send send;
    struct evtchn_status status;
    struct evtchn_bind_vcpu bind_vcpu;
    struct evtchn_unmask unmask;
    struct evtchn_reset reset;
};

static struct vcpu *vcpu_of(const struct domain *d, uint32_t id)
{
    return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

static struct domain *domain_of(domid_t id)
{
    return id == DOMID_SELF ? current->domain : domain_by_id(id);
}

static bool may_control(const struct domain *d)
{
    return d == current->domain || current->domain->privileged;
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

static long op_alloc_unbound(union evtchn_args *a)
{
    domid_t dom = a->alloc_unbound.dom, remote_dom = a->alloc_unbound.remote_dom;
    struct domain *d = domain_of(dom);
    evtchn_port_t port;

    if (!d)
        return refuse(event_channel_op_esrch_unknown_domain, dom);
    if (!may_control(d))
        return refuse(event_channel_op_eperm_foreign_domain, dom);
    if (remote_dom == DOMID_SELF)
        remote_dom = current->domain->id;
    port = evtchn_new_port(d, (struct evtchn){.state = EVTCHNSTAT_unbound, .remote_dom = remote_dom});
    return got_port(port, &a->alloc_unbound.port);
}

static long op_bind_interdomain(union evtchn_args *a)
{
    domid_t remote_dom = a->bind_interdomain.remote_dom;
    evtchn_port_t remote_port = a->bind_interdomain.remote_port;
    struct domain *d = current->domain, *far = domain_of(remote_dom);
    struct evtchn *remote;
    evtchn_port_t port;
    uint32_t state;

    if (!far)
        return refuse(event_channel_op_esrch_unknown_domain, remote_dom);
    spin_lock(&evtchn_lock);
    remote = evtchn_lookup(far, remote_port);
    state = remote ? remote->state : EVTCHNSTAT_closed;
    if (state != EVTCHNSTAT_unbound || remote->remote_dom != d->id) {
        spin_unlock(&evtchn_lock);
        return refuse(event_channel_op_einval_interdomain_remote_port, remote_port, far->id, state);
    }
    port = evtchn_take_port(d, (struct evtchn){.state = EVTCHNSTAT_interdomain, .remote_dom = far->id,
                                               .remote_port = remote_port});
    if (port) {
        remote->state = EVTCHNSTAT_interdomain;
        remote->remote_dom = d->id;
        remote->remote_port = port;
        /* What was sent while the far end was unbound is lost: an event for nothing makes up for it. */
        evtchn_set_pending(d->vcpu[0], port);
    }
    spin_unlock(&evtchn_lock);
    return got_port(port, &a->bind_interdomain.local_port);
}

static long op_bind_virq(union evtchn_args *a)
{
    uint32_t virq = a->bind_virq.virq, vcpu = a->bind_virq.vcpu;
    struct domain *d = current->domain;
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
    return got_port(port, &a->bind_virq.port);
}

static long op_bind_ipi(union evtchn_args *a)
{
    uint32_t vcpu = a->bind_ipi.vcpu;
    struct domain *d = current->domain;
    evtchn_port_t port;

    if (!vcpu_of(d, vcpu))
        return refuse(event_channel_op_enoent_no_such_vcpu, vcpu);
    port = evtchn_new_port(d, (struct evtchn){.state = EVTCHNSTAT_ipi, .vcpu = (uint16_t)vcpu});
    return got_port(port, &a->bind_ipi.port);
}

static long op_close(union evtchn_args *a)
{
    evtchn_port_t port = a->close.port;
    struct domain *d = current->domain;
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

static long op_send(union evtchn_args *a)
{
    return evtchn_send(current->domain, a->send.port);
}

static long op_status(union evtchn_args *a)
{
    struct evtchn_status *s = &a->status;
    struct domain *d = domain_of(s->dom);
    struct evtchn *c;

    if (!d)
        return refuse(event_channel_op_esrch_unknown_domain, s->dom);
    if (!may_control(d))
        return refuse(event_channel_op_eperm_foreign_domain, s->dom);
    c = evtchn_lookup(d, s->port);
    if (!c)
        return refuse(event_channel_op_einval_port_range, s->port);

    spin_lock(&evtchn_lock);
    s->status = c->state;
    s->vcpu = c->vcpu;
    switch (c->state) {
    case EVTCHNSTAT_unbound:
        s->u.unbound.dom = c->remote_dom;
        break;
    case EVTCHNSTAT_interdomain:
        s->u.interdomain.dom = c->remote_dom;
        s->u.interdomain.port = c->xen_end ? 0 : c->remote_port;
        break;
    case EVTCHNSTAT_virq:
        s->u.virq = c->virq;
        break;
    default:
        break;
    }
    spin_unlock(&evtchn_lock);
    return 0;
}

static long op_bind_vcpu(union evtchn_args *a)
{
    evtchn_port_t port = a->bind_vcpu.port;
    uint32_t vcpu = a->bind_vcpu.vcpu;
    struct domain *d = current->domain;
    struct evtchn *c = evtchn_lookup(d, port);
    uint32_t state;
    bool ok;

    if (!vcpu_of(d, vcpu))
        return refuse(event_channel_op_enoent_no_such_vcpu, vcpu);
    if (!c)
        return refuse(event_channel_op_einval_port_range, port);
    spin_lock(&evtchn_lock);
    state = c->state;
    ok = state == EVTCHNSTAT_unbound || state == EVTCHNSTAT_interdomain ||
         (state == EVTCHNSTAT_virq && virq_is_global(c->virq));
    if (ok)
        write_once(c->vcpu, (uint16_t)vcpu);
    spin_unlock(&evtchn_lock);
    return ok ? 0 : refuse(event_channel_op_einval_bind_vcpu_kind, port, state);
}

static long op_unmask(union evtchn_args *a)
{
    evtchn_port_t port = a->unmask.port;
    struct domain *d = current->domain;
    struct evtchn *c = evtchn_lookup(d, port);

    if (!c)
        return refuse(event_channel_op_einval_port_range, port);
    evtchn_unmask(d, c, port);
    return 0;
}

static long op_reset(union evtchn_args *a)
{
    domid_t dom = a->reset.dom;
    struct domain *d = domain_of(dom);

    if (!d)
        return refuse(event_channel_op_esrch_unknown_domain, dom);
    if (!may_control(d))
        return refuse(event_channel_op_eperm_foreign_domain, dom);
    while (!evtchn_close_step(d, false)) {
        if (preempt_check())
            return HYPERCALL_CONTINUED;
    }
    return 0;
}

static const struct {
    long (*fn)(union evtchn_args *a);
    uint8_t size;
    bool returns; /* the structure is written back */
} ops[] = {
#define OP(name, returns) [EVTCHNOP_##name] = {op_##name, sizeof(struct evtchn_##name), returns}
    OP(alloc_unbound, true),
    OP(bind_interdomain, true),
    OP(bind_virq, true),
    OP(bind_ipi, true),
    OP(close, false),
    OP(send, false),
    OP(status, true),
    OP(bind_vcpu, false),
    OP(unmask, false),
    OP(reset, false),
#undef OP
};

static __attribute__((noinline)) long from_table(uint64_t cmd, uint64_t arg)
{
    union evtchn_args a;
    uint32_t op = (uint32_t)cmd;
    long rc;

    if (op >= ARRAY_SIZE(ops) || !ops[op].fn)
        return refuse(event_channel_op_enosys_unknown_op, op);
    if (!guest_read(&a, arg, ops[op].size))
        return refuse(guest_copy_efault_read, arg, ops[op].size);
    rc = ops[op].fn(&a);
    if (rc == HYPERCALL_CONTINUED)
        return hypercall_continue(__HYPERVISOR_event_channel_op, 2, cmd, arg);
    if (rc == 0 && ops[op].returns && !guest_write(arg, &a, ops[op].size))
        return refuse(guest_copy_efault_write, arg, ops[op].size);
    return rc;
}

long hc_event_channel_op(uint64_t cmd, uint64_t arg)
{
    evtchn_port_t port;

    /* The one that is made all the time. */
    if (likely((uint32_t)cmd == EVTCHNOP_send) && guest_read(&port, arg, sizeof(port)))
        return evtchn_send(current->domain, port);
    return from_table(cmd, arg);
}

/* The older form: operation and arguments in one structure. */
long hc_event_channel_op_compat(uint64_t op)
{
    uint64_t args = op + offsetof(struct evtchn_op, u);
    uint32_t cmd;

    if (!guest_read(&cmd, op, sizeof(cmd)))
        return refuse(guest_copy_efault_read, op, sizeof(cmd));
    if (cmd > EVTCHNOP_unmask)
        return refuse(event_channel_op_enosys_unknown_op, cmd);
    return hc_event_channel_op(cmd, args);
}
