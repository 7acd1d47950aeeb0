/* SPDX-License-Identifier: MIT */
/*
 * grant_table_op within one domain: setup, query, copy, map and unmap of a page granted to oneself, and
 * each refusal that a status field can carry.
 */
#include "guest.h"

static grant_entry_v1_t *entries;

static long op(unsigned int command, void *argument, unsigned int count)
{
    return hypercall(grant_table_op, command, argument, count);
}

static int copy(struct gnttab_copy c)
{
    if (op(GNTTABOP_copy, &c, 1))
        return 1;
    return c.status;
}

void test_main(void)
{
    struct gnttab_query_size query = {.dom = DOMID_SELF};
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};
    char *shared = page_alloc(), *other = page_alloc(), *readonly = page_alloc();
    static char window[PAGE_SIZE] page_aligned, second_window[PAGE_SIZE] page_aligned;
    static uint64_t frames[4];
    static char table[PAGE_SIZE] page_aligned;
    struct gnttab_copy c;

    expect("query_size", op(GNTTABOP_query_size, &query, 1), 0);
    ktap_equal("status", (uint64_t)(int64_t)query.status, GNTST_okay);
    ktap_ok("some frames are allowed", query.max_nr_frames >= 1);
    query.dom = 77;
    op(GNTTABOP_query_size, &query, 1);
    expect("query_size of a domain that does not exist", query.status, GNTST_bad_domain);
    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)frames);
    expect("setup_table", op(GNTTABOP_setup_table, &setup, 1), 0);
    expect("status", setup.status, GNTST_okay);
    ktap_ok("names a frame", frames[0] != 0);
    expect("which can be mapped", va_map((uint64_t)table, frames[0] * PAGE_SIZE | RW), 0);
    entries = (grant_entry_v1_t *)table;
    setup.nr_frames = 100000;
    op(GNTTABOP_setup_table, &setup, 1);
    expect("too many frames", setup.status, GNTST_general_error);
    setup = (struct gnttab_setup_table){.dom = 77, .nr_frames = 1};
    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)frames);
    op(GNTTABOP_setup_table, &setup, 1);
    expect("setup for a domain that does not exist", setup.status, GNTST_bad_domain);

    memcpy(shared, "granted text", 13);
    entries[9] = (grant_entry_v1_t){.flags = GTF_permit_access | GTF_readonly, .domid = 0, .frame = (uint32_t)virt_to_mfn(readonly)};
    entries[8] = (grant_entry_v1_t){.flags = GTF_permit_access, .domid = 0, .frame = (uint32_t)virt_to_mfn(shared)};
    c = (struct gnttab_copy){.source = {.u.ref = 8, .domid = DOMID_SELF}, .dest = {.u.gmfn = virt_to_mfn(other), .domid = DOMID_SELF}, .len = 13, .flags = GNTCOPY_source_gref};
    expect("copy from a grant to a frame", copy(c), GNTST_okay);
    ktap_ok("copied", !memcmp(other, "granted text", 13));
    memcpy(other, "back", 5);
    c = (struct gnttab_copy){.source = {.u.gmfn = virt_to_mfn(other), .domid = DOMID_SELF}, .dest = {.u.ref = 8, .domid = DOMID_SELF, .offset = 100}, .len = 5, .flags = GNTCOPY_dest_gref};
    expect("copy from a frame to a grant", copy(c), GNTST_okay);
    ktap_ok("copied", !memcmp(shared + 100, "back", 5));
    c.dest.u.ref = 9;
    expect("copy to a read-only grant", copy(c), GNTST_general_error);
    c.dest.u.ref = 10;
    expect("copy to an empty grant", copy(c), GNTST_general_error);
    c.dest.u.ref = 100000;
    expect("copy to a grant beyond the table", copy(c), GNTST_bad_gntref);
    c.dest = (struct gnttab_copy_ptr){.u.ref = 8, .domid = DOMID_SELF, .offset = 4090};
    c.len = 10;
    expect("copy across the end of the page", copy(c), GNTST_bad_copy_arg);
    c = (struct gnttab_copy){.source = {.u.gmfn = virt_to_mfn(other), .domid = 77}, .dest = {.u.ref = 8, .domid = DOMID_SELF}, .len = 5, .flags = GNTCOPY_dest_gref};
    expect("copy from a frame of a domain that does not exist", copy(c), GNTST_bad_domain);
    c = (struct gnttab_copy){.source = {.u.ref = 1, .domid = 77}, .dest = {.u.gmfn = virt_to_mfn(other), .domid = DOMID_SELF}, .len = 5, .flags = GNTCOPY_source_gref};
    expect("copy from a grant of a domain that does not exist", copy(c), GNTST_bad_domain);
    c = (struct gnttab_copy){.source = {.u.gmfn = virt_to_mfn(other), .domid = DOMID_SELF}, .dest = {.u.gmfn = virt_to_mfn(boot_root()), .domid = DOMID_SELF}, .len = 8};
    expect("copy over a page table", copy(c), GNTST_general_error);
    c.dest.u.gmfn = mfn_not_ours();
    expect("copy over a frame that is not ours", copy(c), GNTST_bad_page);

    struct gnttab_map_grant_ref map = {.host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = 8, .dom = 0};
    expect("map the grant", op(GNTTABOP_map_grant_ref, &map, 1), 0);
    expect("status", map.status, GNTST_okay);
    ktap_ok("the window shows the page", map.status == 0 && !memcmp(window, "granted text", 13));
    ktap_ok("the entry says it is in use", entries[8].flags & GTF_reading && entries[8].flags & GTF_writing);
    struct gnttab_unmap_grant_ref unmap = {.host_addr = (uint64_t)window, .handle = map.handle};
    unmap.handle = map.handle + 1000;
    op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap of another handle", unmap.status, GNTST_bad_handle);
    unmap = (struct gnttab_unmap_grant_ref){.host_addr = (uint64_t)other, .handle = map.handle};
    op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    ktap_ok("unmap at another address is refused", unmap.status != GNTST_okay);
    struct gnttab_map_grant_ref second = {.host_addr = (uint64_t)second_window, .flags = GNTMAP_host_map | GNTMAP_readonly, .ref = 8, .dom = 0};
    op(GNTTABOP_map_grant_ref, &second, 1);
    expect("map it read-only, too", second.status, GNTST_okay);
    unmap = (struct gnttab_unmap_grant_ref){.host_addr = (uint64_t)second_window, .handle = map.handle};
    op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap the writable one where the read-only one is", unmap.status, GNTST_general_error);
    unmap.handle = second.handle;
    op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap the read-only one", unmap.status, GNTST_okay);
    unmap = (struct gnttab_unmap_grant_ref){.host_addr = (uint64_t)window, .handle = map.handle};
    op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap", unmap.status, GNTST_okay);
    ktap_equal("the entry is free", entries[8].flags & (GTF_reading | GTF_writing), 0);
    expect_trap("the window is empty", try_read((uint64_t)window), 14, 0);
    op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap twice", unmap.status, GNTST_bad_handle);
    map = (struct gnttab_map_grant_ref){.host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = 9, .dom = 0};
    op(GNTTABOP_map_grant_ref, &map, 1);
    expect("map a read-only grant writable", map.status, GNTST_general_error);
    map.flags |= GNTMAP_readonly;
    op(GNTTABOP_map_grant_ref, &map, 1);
    expect("read-only", map.status, GNTST_okay);
    expect_trap("is read-only", try_write((uint64_t)window, 0), 14, 3);
    unmap = (struct gnttab_unmap_grant_ref){.host_addr = (uint64_t)window, .handle = map.handle};
    op(GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap", unmap.status, GNTST_okay);
    map = (struct gnttab_map_grant_ref){.host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = 8, .dom = 77};
    op(GNTTABOP_map_grant_ref, &map, 1);
    expect("map from a domain that does not exist", map.status, GNTST_bad_domain);
    map.dom = DOMID_SELF;
    op(GNTTABOP_map_grant_ref, &map, 1);
    expect("map by DOMID_SELF instead of the id", map.status, GNTST_bad_domain);
    map.dom = 0;
    map.flags = 0;
    op(GNTTABOP_map_grant_ref, &map, 1);
    expect("map for nothing", map.status, GNTST_bad_gntref);
    map.flags = GNTMAP_host_map;
    map.ref = 100000;
    op(GNTTABOP_map_grant_ref, &map, 1);
    expect("map a grant beyond the table", map.status, GNTST_bad_gntref);
    map.ref = 8;
    map.host_addr = HYPERVISOR_TEXT;
    op(GNTTABOP_map_grant_ref, &map, 1);
    expect("map over the hypervisor", map.status, GNTST_general_error);
    expect("an argument inside the hypervisor", op(GNTTABOP_map_grant_ref, (void *)HYPERVISOR_TEXT, 1), -XEN_EFAULT);
    expect("copy inside the hypervisor", op(GNTTABOP_copy, (void *)HYPERVISOR_TEXT, 1), -XEN_EFAULT);
    expect("setup inside the hypervisor", op(GNTTABOP_setup_table, (void *)HYPERVISOR_TEXT, 1), -XEN_EFAULT);
    expect("setup of two at once", op(GNTTABOP_setup_table, &setup, 2), -XEN_EINVAL);
    expect("a negative count", op(GNTTABOP_copy, &c, 0x80000000u), -XEN_EINVAL);
    expect("an unknown sub-op", op(77, &c, 1), -XEN_ENOSYS);
}
