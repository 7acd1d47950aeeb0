/* SPDX-License-Identifier: MIT */
/*
 * Domain 0's side of the tests between two domains: grants pages to domain 1, offers it an event channel,
 * answers each event, and leaves when domain 1 is done. Says nothing of its own. (role: neighbour)
 */
#include "guest.h"

struct meeting { uint64_t ready, port, done, events, mfn; };

void test_main(void)
{
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};
    struct evtchn_alloc_unbound unbound = {.dom = DOMID_SELF, .remote_dom = 1};
    volatile struct meeting *meeting = page_alloc();
    char *readonly = page_alloc();
    static char table[PAGE_SIZE] page_aligned;
    grant_entry_v1_t *grants = (grant_entry_v1_t *)table;
    struct evtchn_send answer;
    uint64_t frame, end = time_ns() + 15000000000;

    events_install();
    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)&frame);
    hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1);
    va_map((uint64_t)table, frame * PAGE_SIZE | RW);
    hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &unbound);
    memcpy(readonly, "read only", 10);
    meeting->port = answer.port = unbound.port;
    meeting->mfn = virt_to_mfn(readonly);
    meeting->ready = 1;
    grants[9] = (grant_entry_v1_t){.flags = GTF_permit_access | GTF_readonly, .domid = 1, .frame = (uint32_t)virt_to_mfn(readonly)};
    grants[10] = (grant_entry_v1_t){.flags = GTF_permit_access, .domid = 5, .frame = (uint32_t)virt_to_mfn(readonly)};
    grants[8] = (grant_entry_v1_t){.flags = GTF_permit_access, .domid = 1, .frame = (uint32_t)virt_to_mfn((void *)meeting)};
    events_enable();
    while (!meeting->done && time_ns() < end) {
        if (events_seen[unbound.port] > meeting->events) {
            meeting->events++;
            hypercall(event_channel_op, EVTCHNOP_send, &answer);
        }
        hypercall(sched_op, SCHEDOP_yield);
    }
    guest_exit(SHUTDOWN_poweroff);
}
