/* SPDX-License-Identifier: MIT */
/*
 * Two vcpus that unmap one handle at the same time: one of them does, the other is told that there is no such handle,
 * and the grant is free after it, each time. (vcpus: 2)
 */
#include "guest.h"

#define REF    8
#define ROUNDS 1000u

static char window[PAGE_SIZE] page_aligned, table[PAGE_SIZE] page_aligned;
static volatile uint64_t asked, answered;
static volatile uint32_t handle;
static volatile int16_t theirs;

static int16_t unmap(void)
{
    struct gnttab_unmap_grant_ref u = {.host_addr = (uint64_t)window, .handle = handle};

    return hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, &u, 1) ? GNTST_general_error : u.status;
}

static void second(void)
{
    for (;;) {
        while (asked == answered)
            __asm__ volatile("pause");
        theirs = unmap();
        answered++;
    }
}

static bool both(volatile grant_entry_v1_t *entry)
{
    struct gnttab_map_grant_ref m = {.host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = REF};
    int16_t ours;

    if (hypercall(grant_table_op, GNTTABOP_map_grant_ref, &m, 1) || m.status)
        return false;
    handle = m.handle;
    asked++;
    ours = unmap();
    wait_for(&answered, asked, 1000);
    return entry->flags == GTF_permit_access && ((ours == GNTST_okay && theirs == GNTST_bad_handle) ||
                                                 (theirs == GNTST_okay && ours == GNTST_bad_handle));
}

void test_main(void)
{
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};
    volatile grant_entry_v1_t *entries = (grant_entry_v1_t *)table;
    xen_pfn_t frame = 0;
    unsigned int good = 0;

    set_xen_guest_handle(setup.frame_list, &frame);
    expect("setup_table", hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1), 0);
    expect("its page is mapped", va_map((uint64_t)table, frame * PAGE_SIZE | RW), 0);
    entries[REF] = (grant_entry_v1_t){.flags = GTF_permit_access, .frame = (uint32_t)virt_to_mfn(page_alloc())};
    expect_ok("the other vcpu starts", vcpu_start(1, second));
    for (unsigned int i = 0; i < ROUNDS; i++)
        good += both(&entries[REF]);
    ktap_equal("one of the two unmaps it, each time", good, ROUNDS);
}
