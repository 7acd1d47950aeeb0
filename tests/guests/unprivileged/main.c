/* SPDX-License-Identifier: MIT */
/*
 * A domain beside domain 0: what it shares with it through grants and event channels, and everything it
 * must not do to it or to the machine. (pair: neighbour)
 */
#include "guest.h"

struct meeting { uint64_t ready, port, done, events, mfn; };

static char window[PAGE_SIZE] page_aligned, second_window[PAGE_SIZE] page_aligned;

static int map(struct gnttab_map_grant_ref *m, unsigned int ref, void *at, unsigned int flags)
{
    *m = (struct gnttab_map_grant_ref){.host_addr = (uint64_t)at, .flags = GNTMAP_host_map | flags, .ref = ref, .dom = 0};
    hypercall(grant_table_op, GNTTABOP_map_grant_ref, m, 1);
    return m->status;
}

static int unmap(const struct gnttab_map_grant_ref *m)
{
    struct gnttab_unmap_grant_ref u = {.host_addr = m->host_addr, .handle = m->handle};

    hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1);
    return u.status;
}

static void shared(volatile struct meeting *meeting)
{
    struct evtchn_bind_interdomain bind = {.remote_dom = 0, .remote_port = (evtchn_port_t)meeting->port};
    struct gnttab_map_grant_ref readonly;
    struct gnttab_copy copy = {.source = {.u.ref = 9, .domid = 0}, .len = 10, .flags = GNTCOPY_source_gref};
    struct evtchn_send send;
    char *page = page_alloc();

    events_install();
    expect("bind to the neighbour's port", hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), 0);
    (void)event_wait(bind.local_port, 1, 1000);
    uint64_t before = events_seen[bind.local_port], theirs = meeting->events;
    send.port = bind.local_port;
    expect("send to it", hypercall(event_channel_op, EVTCHNOP_send, &send), 0);
    ktap_ok("is answered", event_wait(bind.local_port, before + 1, 3000));
    ktap_ok("and seen by it", meeting->events > theirs);
    bind.remote_port = 60;
    expect("bind to a port that is not offered", hypercall(event_channel_op, EVTCHNOP_bind_interdomain, &bind), -XEN_EINVAL);
    expect("map a read-only grant writable", map(&readonly, 9, second_window, 0), GNTST_general_error);
    expect("read-only", map(&readonly, 9, second_window, GNTMAP_readonly), GNTST_okay);
    ktap_ok("shows the page", !memcmp(second_window, "read only", 10));
    expect_trap("and cannot be written", try_write((uint64_t)second_window, 0), 14, 3);
    expect("unmap", unmap(&readonly), GNTST_okay);
    expect("map what is granted to another", map(&readonly, 10, second_window, 0), GNTST_general_error);
    copy.dest = (struct gnttab_copy_ptr){.u.gmfn = virt_to_mfn(page), .domid = DOMID_SELF};
    hypercall(grant_table_op, GNTTABOP_copy, &copy, 1);
    expect("copy from a grant", copy.status, GNTST_okay);
    ktap_ok("copied", !memcmp(page, "read only", 10));
    copy.flags = 0;
    copy.source = (struct gnttab_copy_ptr){.u.gmfn = meeting->mfn, .domid = 0};
    hypercall(grant_table_op, GNTTABOP_copy, &copy, 1);
    expect("copy from a frame without a grant", copy.status, GNTST_permission_denied);
}

static void memory_is_its_own(uint64_t theirs)
{
    char *page = page_alloc();
    struct mmu_update update = {.ptr = pte_machine((uint64_t)page, 1), .val = pte_for(page, RW)};
    struct mmuext_op op = {.cmd = MMUEXT_CLEAR_PAGE, .arg1.mfn = theirs};
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    struct xen_memory_exchange x = {.in = {.nr_extents = 1024, .domid = DOMID_SELF},
                                    .out = {.nr_extents = 1, .extent_order = 10, .domid = DOMID_SELF}};
    struct xen_memory_map map = {.nr_entries = 1};
    uint64_t list[2] = {virt_to_mfn(page), virt_to_mfn(page)};
    domid_t zero = 0;

    expect("map its frame", va_map((uint64_t)page, theirs * PAGE_SIZE | RW), -XEN_EBUSY);
    expect("read-only", va_map((uint64_t)page, theirs * PAGE_SIZE | RO), -XEN_EBUSY);
    expect("clear its frame", mmuext(MMUEXT_CLEAR_PAGE, theirs), -XEN_EINVAL);
    expect("pin its frame", mmuext(MMUEXT_PIN_L1_TABLE, theirs), -XEN_EINVAL);
    expect("mmu_update in its name", hypercall(mmu_update, &update, 1, NULL, 0), -XEN_EPERM);
    expect("mmuext_op in its name", hypercall(mmuext_op, &op, 1, NULL, 0), -XEN_EPERM);
    expect("update_va_mapping in its name", hypercall(update_va_mapping_otherdomain, page, pte_for(page, RW), 0, 0), -XEN_EPERM);
    expect("device memory", va_map((uint64_t)page, 0xfee00000 | RW), -XEN_EPERM);
    expect("the BIOS", va_map((uint64_t)page, 0xf0000 | RO), -XEN_EPERM);
    expect("uncached memory", va_map((uint64_t)page, pte_for(page, RW | PTE_PCD)), -XEN_EINVAL);
    expect("flush_cache", mmuext(MMUEXT_FLUSH_CACHE, 0), -XEN_EACCES);
    expect("flush_cache_global", mmuext(MMUEXT_FLUSH_CACHE_GLOBAL, 0), -XEN_EINVAL);
    expect("its reservation", hypercall(memory_op, XENMEM_current_reservation, &zero), -XEN_EPERM);
    expect("the machine's memory map", hypercall(memory_op, XENMEM_machine_memory_map, &map), -XEN_EPERM);
    set_xen_guest_handle(r.extent_start, (xen_pfn_t *)list);
    r.domid = 0;
    expect("decrease its reservation", hypercall(memory_op, XENMEM_decrease_reservation, &r), 0);
    set_xen_guest_handle(x.in.extent_start, (xen_pfn_t *)list);
    set_xen_guest_handle(x.out.extent_start, (xen_pfn_t *)list);
    x.in.extent_order = 0;
    expect("contiguous memory of 4 MiB", hypercall(memory_op, XENMEM_exchange, &x), -XEN_EPERM);
}

/* The hypervisor writes to it, so it can neither become a page table nor go to somebody else. */
static void console_ring_stays(void)
{
    uint64_t mfn = start_info->console.domU.mfn, va = (uint64_t)mfn_to_virt(mfn);
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    expect("unmap the console ring", va_map(va, 0), 0);
    expect("pin its page", mmuext(MMUEXT_PIN_L1_TABLE, mfn), -XEN_EINVAL);
    set_xen_guest_handle(r.extent_start, (xen_pfn_t *)&mfn);
    expect("give it back", hypercall(memory_op, XENMEM_decrease_reservation, &r), 1);
    expect("map it again: nobody else has got it", va_map(va, mfn * PAGE_SIZE | RW), 0);
}

static void machine_is_not_its_own(void)
{
    struct xen_feature_info features = {0};
    struct evtchn_status status = {.dom = 0, .port = 1};
    struct evtchn_alloc_unbound unbound = {.dom = 0, .remote_dom = 1};
    struct evtchn_reset reset = {.dom = 0};
    struct gnttab_query_size query = {.dom = 0};
    struct gnttab_setup_table setup = {.dom = 0};
    struct sched_remote_shutdown shutdown = {.domain_id = 0, .reason = SHUTDOWN_crash};
    char text[16];
    uint64_t value;

    ktap_ok("it has a store page", start_info->store_mfn != 0);
    ktap_equal("start_info does not call it privileged", start_info->flags & SIF_PRIVILEGED, 0);
    hypercall(xen_version, XENVER_get_features, &features);
    ktap_equal("nor do the features", features.submap & 1u << XENFEAT_dom0, 0);
    expect("read the console", hypercall(console_io, CONSOLEIO_read, sizeof(text), text), -XEN_EPERM);
    expect("the build id", hypercall(xen_version, XENVER_build_id, NULL), -XEN_EPERM);
    expect("the status of its port", hypercall(event_channel_op, EVTCHNOP_status, &status), -XEN_EPERM);
    expect("a port in its name", hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound), -XEN_EPERM);
    expect("reset of its ports", hypercall(event_channel_op, EVTCHNOP_reset, &reset), -XEN_EPERM);
    hypercall(grant_table_op, GNTTABOP_query_size, &query, 1);
    expect("the size of its grant table", query.status, GNTST_permission_denied);
    hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1);
    expect("its grant table", setup.status, GNTST_permission_denied);
    expect("shut it down", hypercall(sched_op, SCHEDOP_remote_shutdown, &shutdown), -XEN_EPERM);
    expect_no_trap("ports: reading gives all ones with an iopl", ({
        struct physdev_set_iopl iopl = {.iopl = 1};
        hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl);
        TRY("in $0x80, %%al\n\tmovzbl %%al, %%eax", : "=a"(value) : : "memory");
    }));
    ktap_equal("all ones", value & 0xff, 0xff);
}

void test_main(void)
{
    volatile struct meeting *meeting = (void *)window;
    struct gnttab_map_grant_ref m;
    uint64_t end = time_ns() + 5000000000;
    bool met;

    while ((met = map(&m, 8, window, 0) == GNTST_okay) == false && time_ns() < end)
        hypercall(sched_op, SCHEDOP_yield);
    if (!ktap_ok("map the page the neighbour grants", met))
        return;
    ktap_equal("it is ready", meeting->ready, 1);
    shared(meeting);
    memory_is_its_own(meeting->mfn);
    console_ring_stays();
    machine_is_not_its_own();
    meeting->done = 1;
    expect("unmap the neighbour's page", unmap(&m), GNTST_okay);
}
