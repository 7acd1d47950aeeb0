/* SPDX-License-Identifier: MIT
 * Grants, with ourselves as the other side: set up a table, grant a frame, copy through the grant,
 * map it, and what is refused. */
#include "selftest/test.h"

#include <xen/grant_table.h>

#define REF 8 /* the first ones are reserved */

static domid_t self_id(void)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_close c;
    struct evtchn_status s = {.dom = DOMID_SELF};

    HYPERVISOR_event_channel_op(EVTCHNOP_alloc_unbound, &a);
    s.port = c.port = a.port;
    HYPERVISOR_event_channel_op(EVTCHNOP_status, &s);
    HYPERVISOR_event_channel_op(EVTCHNOP_close, &c);
    return s.u.unbound.dom;
}

static long setup(xen_pfn_t *frame)
{
    struct gnttab_setup_table op = {.dom = DOMID_SELF, .nr_frames = 1};
    long rc;

    set_xen_guest_handle(op.frame_list, frame);
    rc = HYPERVISOR_grant_table_op(GNTTABOP_setup_table, &op, 1);
    return rc ? rc : op.status;
}

/* The table itself, in the test window; NULL when it cannot be had. */
static struct grant_entry_v1 *table_open(struct test_info *t)
{
    xen_pfn_t frame = 0;

    if (!CHECK(setup(&frame), 0) || !CHECK(test_window_map(frame << PAGE_SHIFT | TEST_RW), 0))
        return NULL;
    return (struct grant_entry_v1 *)test_window;
}

static void grant(struct grant_entry_v1 *table, uint64_t pfn, uint16_t flags)
{
    table[REF].frame = (uint32_t)pfn_to_mfn(pfn);
    table[REF].domid = self_id();
    __atomic_store_n(&table[REF].flags, GTF_permit_access | flags, __ATOMIC_SEQ_CST);
}

static void table_close(struct grant_entry_v1 *table)
{
    __atomic_store_n(&table[REF].flags, 0, __ATOMIC_SEQ_CST);
    test_window_close();
}

static void query(struct test_info *t)
{
    struct gnttab_query_size op = {.dom = DOMID_SELF};

    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_query_size, &op, 1), 0);
    CHECK(op.status, GNTST_okay);
    CHECK_TRUE(op.max_nr_frames >= 1);
    op.dom = 0x7123;
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_query_size, &op, 1), 0);
    CHECK(op.status, GNTST_bad_domain);
}

static void setup_table(struct test_info *t)
{
    struct grant_entry_v1 *table = table_open(t);

    if (table)
        table_close(table);
}

static void setup_too_many(struct test_info *t)
{
    xen_pfn_t frame;
    struct gnttab_setup_table op = {.dom = DOMID_SELF, .nr_frames = 100000};

    set_xen_guest_handle(op.frame_list, &frame);
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_setup_table, &op, 1), 0);
    CHECK(op.status, GNTST_general_error);
}

static int copy_from(uint32_t ref, uint64_t to, uint16_t offset, uint16_t length)
{
    struct gnttab_copy c = {
        .source = {.u.ref = ref, .domid = DOMID_SELF, .offset = offset},
        .dest = {.u.gmfn = pfn_to_mfn(to), .domid = DOMID_SELF, .offset = offset},
        .len = length,
        .flags = GNTCOPY_source_gref,
    };

    return HYPERVISOR_grant_table_op(GNTTABOP_copy, &c, 1) ? 1 : c.status;
}

static void copy(struct test_info *t)
{
    struct grant_entry_v1 *table = table_open(t);
    uint64_t from = frame_alloc(), to = frame_alloc();

    if (!table)
        return;
    string_copy((char *)frame_address(from) + 100, "through a grant", 32);
    grant(table, from, GTF_readonly);
    CHECK(copy_from(REF, to, 100, 16), GNTST_okay);
    CHECK(strcmp((char *)frame_address(to) + 100, "through a grant"), 0);
    CHECK(table[REF].flags & (GTF_reading | GTF_writing), 0);
    table_close(table);
    frame_put(from);
    frame_put(to);
}

static void copy_refused(struct test_info *t)
{
    struct grant_entry_v1 *table = table_open(t);
    uint64_t from = frame_alloc(), to = frame_alloc();
    struct gnttab_copy write;

    if (!table)
        return;
    grant(table, from, GTF_readonly);
    CHECK(copy_from(1 << 20, to, 0, 8), GNTST_bad_gntref);
    CHECK(copy_from(REF, to, 4090, 16), GNTST_bad_copy_arg);
    write = (struct gnttab_copy){
        .source = {.u.gmfn = pfn_to_mfn(to), .domid = DOMID_SELF},
        .dest = {.u.ref = REF, .domid = DOMID_SELF},
        .len = 8,
        .flags = GNTCOPY_dest_gref,
    };
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_copy, &write, 1), 0);
    CHECK(write.status, GNTST_general_error); /* granted read-only */
    __atomic_store_n(&table[REF].flags, 0, __ATOMIC_SEQ_CST);
    CHECK(copy_from(REF, to, 0, 8), GNTST_general_error); /* not granted */
    table_close(table);
    frame_put(from);
    frame_put(to);
}

static void map_unmap(struct test_info *t)
{
    struct grant_entry_v1 *table = table_open(t);
    uint64_t pfn = frame_alloc(), at = frame_alloc();
    struct gnttab_map_grant_ref m = {
        .host_addr = (uint64_t)frame_address(at), .flags = GNTMAP_host_map, .ref = REF,
    };
    struct gnttab_unmap_grant_ref u = {.host_addr = m.host_addr};

    if (!table)
        return;
    *(uint64_t *)frame_address(pfn) = 0xfeed;
    grant(table, pfn, 0);
    m.dom = self_id();
    CHECK(HYPERVISOR_update_va_mapping(m.host_addr, 0, UVMF_INVLPG | UVMF_ALL), 0);
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0);
    if (CHECK(m.status, GNTST_okay)) {
        CHECK(*(uint64_t *)m.host_addr, 0xfeed);
        CHECK(table[REF].flags & (GTF_reading | GTF_writing), GTF_reading | GTF_writing);
        u.handle = m.handle;
        CHECK(HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1), 0);
        CHECK(u.status, GNTST_okay);
        CHECK(table[REF].flags & (GTF_reading | GTF_writing), 0);
    }
    CHECK(paging_protect(at, TEST_RW), 0);
    table_close(table);
    frame_put(pfn);
    frame_put(at);
}

static void map_refused(struct test_info *t)
{
    struct gnttab_map_grant_ref m = {
        .host_addr = (uint64_t)test_window, .flags = GNTMAP_host_map, .ref = 1 << 20,
    };
    struct gnttab_unmap_grant_ref u = {.host_addr = (uint64_t)test_window, .handle = 0xffffff};

    m.dom = self_id();
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0);
    CHECK(m.status, GNTST_bad_gntref);
    m.dom = 0x7123;
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &m, 1), 0);
    CHECK(m.status, GNTST_bad_domain);
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1), 0);
    CHECK(u.status, GNTST_bad_handle);
}

static void unknown(struct test_info *t)
{
    uint64_t arg[8] = {0};

    CHECK(HYPERVISOR_grant_table_op(999, arg, 1), ERR(ENOSYS));
    CHECK(HYPERVISOR_grant_table_op(GNTTABOP_query_size, (void *)0x123456000, 1), ERR(EFAULT));
}

const struct test grant_tests[] = {
    {"grant.query", query},
    {"grant.setup_table", setup_table},
    {"grant.setup_too_many", setup_too_many},
    {"grant.copy", copy},
    {"grant.copy_refused", copy_refused},
    {"grant.map_unmap", map_unmap},
    {"grant.map_refused", map_refused},
    {"grant.unknown", unknown},
    {0},
};
