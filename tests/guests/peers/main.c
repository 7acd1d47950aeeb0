/* SPDX-License-Identifier: MIT */
/*
 * Two domains that share pages and an event channel, and one dies: `role=first` in domain 0, `role=second` in
 * domain 1 (tests/system/test_peers.py). The second goes without unmapping or closing anything: what it used of the
 * first is given back, and what the first has mapped of it stays as it is. Without a role there is nothing to do.
 */
#include "guest.h"

#define GREF 8 /* each one's granted page */

struct shared {
    volatile uint32_t port, answer;
    char text[16];
};

static volatile grant_entry_v1_t *entries;
static char window[PAGE_SIZE] page_aligned;

static void grants_setup(struct shared *page, domid_t to)
{
    static char table[PAGE_SIZE] page_aligned;
    static uint64_t frames[1];
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};

    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)frames);
    expect("setup_table", hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1), 0);
    expect("map the table", va_map((uint64_t)table, frames[0] * PAGE_SIZE | RW), 0);
    entries = (volatile grant_entry_v1_t *)table;
    entries[GREF].domid = to;
    entries[GREF].frame = (uint32_t)virt_to_mfn(page);
    __asm__ volatile("" ::: "memory");
    entries[GREF].flags = GTF_permit_access;
}

static int map(domid_t dom, struct gnttab_map_grant_ref *m)
{
    *m = (struct gnttab_map_grant_ref){.host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = GREF, .dom = dom};
    return hypercall(grant_table_op, GNTTABOP_map_grant_ref, m, 1) ? 1 : m->status;
}

static void send(uint32_t port)
{
    struct evtchn_send s = {.port = port};

    expect("send", hypercall(event_channel_op, EVTCHNOP_send, &s), 0);
}

static void first(void)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = 1};
    struct shared *mine = page_alloc(), *theirs = (struct shared *)window;
    struct gnttab_map_grant_ref m;
    struct gnttab_unmap_grant_ref u = {.host_addr = (uint64_t)window};
    struct evtchn_status status = {.dom = DOMID_SELF};
    uint64_t until;

    expect("alloc_unbound", hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &a), 0);
    mine->port = a.port;
    events_install();
    grants_setup(mine, 1);
    ktap_ok("the second sends", event_wait(a.port, 1, 20000));
    ktap_equal("it wrote to our page", mine->answer, 0xbeef);
    ktap_equal("our grant is in use", entries[GREF].flags, GTF_permit_access | GTF_reading | GTF_writing);
    expect("map the second's page", map(1, &m), GNTST_okay);
    ktap_ok("it says hello", !memcmp(theirs->text, "hello", 6));
    send(a.port); /* now it dies */
    until = time_ns() + 20000000000ul;
    while (entries[GREF].flags != GTF_permit_access && time_ns() < until)
        hypercall(sched_op, SCHEDOP_yield);
    ktap_equal("our grant is free again", entries[GREF].flags, GTF_permit_access);
    status.port = a.port;
    expect("status", hypercall(event_channel_op, EVTCHNOP_status, &status), 0);
    ktap_equal("our port waits again", status.status, EVTCHNSTAT_unbound);
    ktap_ok("the page of the dead is as it was", !memcmp(theirs->text, "hello", 6));
    theirs->answer = 1;
    u.handle = m.handle;
    hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1);
    expect("unmap it", u.status, GNTST_okay);
    until = time_ns() + 300000000; /* so that we see it go */
    while (time_ns() < until)
        hypercall(sched_op, SCHEDOP_yield);
    expect("map what has gone", map(1, &m), GNTST_bad_domain);
}

static void second(void)
{
    struct evtchn_bind_interdomain b = {.remote_dom = 0};
    struct shared *mine = page_alloc(), *theirs = (struct shared *)window;
    struct gnttab_map_grant_ref m;
    uint64_t until = time_ns() + 20000000000ul;

    events_install();
    memcpy(mine->text, "hello", 6);
    grants_setup(mine, 0);
    while (map(0, &m) != GNTST_okay && time_ns() < until)
        hypercall(sched_op, SCHEDOP_yield);
    expect("map the first's page", m.status, GNTST_okay);
    b.remote_port = theirs->port;
    expect("bind_interdomain", hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &b), 0);
    event_wait(b.local_port, 1, 1000); /* the one that makes up for lost ones */
    theirs->answer = 0xbeef;
    send(b.local_port);
    ktap_ok("the first answers", event_wait(b.local_port, 2, 20000));
}

void test_main(void)
{
    const char *role = guest_argument("role");

    if (!role)
        ktap_ok("no role, nothing to do", true);
    else if (!memcmp(role, "first", 5))
        first();
    else
        second();
}
