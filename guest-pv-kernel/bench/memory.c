/* SPDX-License-Identifier: MIT
 * Grants, with ourselves as the other side, and giving memory back and taking it again. */
#include "bench/rows.h"
#include "memory/frame.h"

#include <xen/grant_table.h>

#define REF   8 /* the first ones are reserved */
#define PAGES 64

static char window[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint64_t granted, target;
static struct gnttab_copy copy_op;
static struct gnttab_map_grant_ref map_op;
static struct gnttab_unmap_grant_ref unmap_op;

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

static bool window_set(pte_t pte)
{
    return HYPERVISOR_update_va_mapping((uint64_t)window, pte, UVMF_INVLPG | UVMF_ALL) == 0;
}

static bool grant_begin(uint64_t n)
{
    struct grant_entry_v1 *table = (struct grant_entry_v1 *)window;
    struct gnttab_setup_table op = {.dom = DOMID_SELF, .nr_frames = 1};
    xen_pfn_t frame = 0;

    (void)n;
    set_xen_guest_handle(op.frame_list, &frame);
    if (HYPERVISOR_grant_table_op(GNTTABOP_setup_table, &op, 1) || op.status ||
        !window_set(frame << PAGE_SHIFT | BENCH_RW))
        return false;
    granted = frame_alloc();
    target = frame_alloc();
    table[REF].frame = (uint32_t)pfn_to_mfn(granted);
    table[REF].domid = self_id();
    __atomic_store_n(&table[REF].flags, GTF_permit_access, __ATOMIC_SEQ_CST);
    copy_op = (struct gnttab_copy){
        .source = {.u.ref = REF, .domid = DOMID_SELF},
        .dest = {.u.gmfn = pfn_to_mfn(target), .domid = DOMID_SELF},
        .len = PAGE_SIZE,
        .flags = GNTCOPY_source_gref,
    };
    map_op = (struct gnttab_map_grant_ref){
        .host_addr = (uint64_t)frame_address(target),
        .flags = GNTMAP_host_map,
        .ref = REF,
        .dom = table[REF].domid,
    };
    unmap_op = (struct gnttab_unmap_grant_ref){.host_addr = map_op.host_addr};
    return true;
}

static void grant_end(uint64_t n)
{
    (void)n;
    __atomic_store_n(&((struct grant_entry_v1 *)window)[REF].flags, 0, __ATOMIC_SEQ_CST);
    window_set(pte_make(image_pfn(window), BENCH_RW));
    paging_protect(target, BENCH_RW);
    frame_put(granted);
    frame_put(target);
}

static long grant_copy(uint64_t n)
{
    (void)n;
    return HYPERVISOR_grant_table_op(GNTTABOP_copy, &copy_op, 1);
}

static bool grant_map_begin(uint64_t n)
{
    return grant_begin(n) && !HYPERVISOR_update_va_mapping(map_op.host_addr, 0, UVMF_INVLPG);
}

static long grant_map(uint64_t n)
{
    (void)n;
    return HYPERVISOR_grant_table_op(GNTTABOP_map_grant_ref, &map_op, 1);
}

static long grant_unmap(uint64_t n)
{
    (void)n;
    return HYPERVISOR_grant_table_op(GNTTABOP_unmap_grant_ref, &unmap_op, 1);
}

static void grant_map_undo(uint64_t n)
{
    unmap_op.handle = map_op.handle;
    grant_unmap(n);
}

static void grant_unmap_undo(uint64_t n)
{
    grant_map(n);
    unmap_op.handle = map_op.handle;
}

static bool grant_unmap_begin(uint64_t n)
{
    if (!grant_map_begin(n))
        return false;
    grant_unmap_undo(n);
    return map_op.status == 0;
}

static void grant_unmap_end(uint64_t n)
{
    grant_unmap(n);
    grant_end(n);
}

/* ---- reservation ---- */
static uint64_t pfns[PAGES];
static xen_pfn_t extents[PAGES];

static void extents_fill(uint64_t n, bool machine_frames)
{
    for (uint64_t i = 0; i < n; i++)
        extents[i] = machine_frames ? pfn_to_mfn(pfns[i]) : pfns[i];
}

static long reservation(unsigned cmd, uint64_t n)
{
    struct xen_memory_reservation r = {.nr_extents = n, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, extents);
    return HYPERVISOR_memory_op(cmd, &r) == (long)n ? 0 : -1;
}

static long populate(uint64_t n)
{
    return reservation(XENMEM_populate_physmap, n);
}

static long decrease(uint64_t n)
{
    return reservation(XENMEM_decrease_reservation, n);
}

/* The call puts the new frame's number where the pfn was. */
static void populated(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        p2m[pfns[i]] = extents[i];
}

static bool decrease_begin(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        pfns[i] = frame_alloc();
        if (HYPERVISOR_update_va_mapping((uint64_t)frame_address(pfns[i]), 0,
                                         UVMF_INVLPG | UVMF_ALL))
            return false;
    }
    extents_fill(n, true);
    return true;
}

static void decrease_undo(uint64_t n)
{
    extents_fill(n, false);
    populate(n);
    populated(n);
}

static void decrease_end(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        paging_protect(pfns[i], BENCH_RW);
        frame_put(pfns[i]);
    }
}

static bool populate_begin(uint64_t n)
{
    bool ok = decrease_begin(n) && !decrease(n);

    extents_fill(n, false);
    return ok;
}

static void populate_undo(uint64_t n)
{
    decrease(n); /* extents are machine frames now */
    extents_fill(n, false);
}

static void populate_end(uint64_t n)
{
    decrease_undo(n);
    decrease_end(n);
}

const struct bench memory_rows[] = {
    {"grant_copy", "hypercall", 1, grant_copy, .begin = grant_begin, .end = grant_end},
    {"grant_map", "hypercall", 1, grant_map, grant_map_begin, grant_map_undo, grant_end},
    {"grant_unmap", "hypercall", 1, grant_unmap, grant_unmap_begin, grant_unmap_undo,
     grant_unmap_end},
    {"populate_physmap", "hypercall", 64, populate, populate_begin, populate_undo, populate_end},
    {"decrease_reservation", "hypercall", 64, decrease, decrease_begin, decrease_undo,
     decrease_end},
    {0},
};
