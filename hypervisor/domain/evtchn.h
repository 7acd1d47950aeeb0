/* SPDX-License-Identifier: MIT */
/*
 * Event channels, two-level ABI: 4096 ports per domain, whose state is here and whose pending and mask bits are in
 * shared_info. The far end may also be ours ("xen end"): the console's.
 *
 * One lock for all channels of all domains: a channel has two ends, and what is done under it is short. It guards
 * everything but the bits in shared_info, which the guest has a hand in, too.
 */
#pragma once

#include "lib/types.h"
#include "machine/spinlock.h"
#include <xen/xen.h>
#include <xen/event_channel.h>

#define EVTCHN_PORTS 4096u
#define EVTCHN_GROWS 256u /* as many ports come into existence at a time, as a guest sees it */

struct domain;
struct vcpu;

struct evtchn {
    uint8_t state;         /* EVTCHNSTAT_* */
    bool xen_end;          /* interdomain, but the far end is ours */
    uint16_t vcpu;         /* whom it notifies */
    domid_t remote_dom;    /* unbound: who may bind; interdomain: who is bound */
    union {
        evtchn_port_t remote_port; /* interdomain */
        uint32_t virq;
    };
} ALIGNED(16); /* found by shifting */

struct evtchn_table {
    struct evtchn *port;            /* EVTCHN_PORTS of them */
    evtchn_port_t end;              /* ports from here on have never been used: they do not exist yet */
    evtchn_port_t lowest_free;      /* no free port below */
    volatile uint32_t poll_mask;    /* vcpus that wait in SCHEDOP_poll */
};

bool evtchn_init(struct domain *d);     /* false: no memory */
void evtchn_free(struct domain *d);     /* once every port is closed and no vcpu of any domain can look */

long evtchn_send(struct domain *d, evtchn_port_t port); /* on behalf of d: 0 or a refusal */

void evtchn_notify(struct domain *d, evtchn_port_t port); /* we, at our far end, send */

/* Pending bit, mask, selector, upcall: everything a delivery is. Wakes or kicks v. */
void evtchn_set_pending(struct vcpu *v, evtchn_port_t port);

void evtchn_send_virq(struct vcpu *v, uint32_t virq);  /* dropped if v has not bound it */
void evtchn_send_global_virq(uint32_t virq);           /* to domain 0 */

/* For pv/event_channel_op.c. The channel of a port, NULL beyond the ports that exist. */
static inline struct evtchn *evtchn_of(const struct evtchn_table *t, evtchn_port_t port)
{
    return likely(port < t->end) ? &t->port[port] : NULL;
}

#define evtchn_lookup(d, port) evtchn_of(&(d)->evtchn, (port))
void evtchn_unmask(struct domain *d, const struct evtchn *c, evtchn_port_t port);

/* These under the lock. */
extern spinlock_t evtchn_lock;
evtchn_port_t evtchn_take_port(struct domain *d, struct evtchn as); /* a port that is this now; 0: none left */
void evtchn_close_port(struct domain *d, evtchn_port_t port); /* whatever it is, but closed already */
/* Closes up to EVTCHN_CLOSE_STEP ports; true when none is left (but ends of ours, unless those too). */
#define EVTCHN_CLOSE_STEP 64
bool evtchn_close_step(struct domain *d, bool xen_ends_too);
