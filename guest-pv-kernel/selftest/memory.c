/* SPDX-License-Identifier: MIT
 * memory_op: how much there is, giving frames back and getting others. */
#include "selftest/test.h"

static void reservations(struct test_info *t)
{
    domid_t self = DOMID_SELF, nobody = 0x7123;
    long most, now = HYPERVISOR_memory_op(XENMEM_current_reservation, &self);

    CHECK_TRUE(now > 0 && now <= (long)machine.pages + 64);
    /* May be more than an int holds. */
    most = hypercall(__HYPERVISOR_memory_op, XENMEM_maximum_reservation, (uint64_t)&self, 0, 0, 0);
    CHECK_TRUE(most >= now);
    CHECK(HYPERVISOR_memory_op(XENMEM_current_reservation, &nobody), ERR(ESRCH));
    CHECK_TRUE(HYPERVISOR_memory_op(XENMEM_maximum_ram_page, NULL) > 0);
}

static void unknown(struct test_info *t)
{
    CHECK(HYPERVISOR_memory_op(63, NULL), ERR(ENOSYS));
    CHECK(HYPERVISOR_memory_op(XENMEM_current_reservation, (void *)0x123456000), ERR(EFAULT));
}

/* Takes a frame out of every map and gives it away; then asks for one at the same pfn. */
static void decrease_populate(struct test_info *t)
{
    uint64_t pfn = frame_alloc();
    xen_pfn_t mfn = pfn_to_mfn(pfn), gpfn = pfn;
    uint64_t va = (uint64_t)frame_address(pfn);
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, &mfn);
    CHECK(HYPERVISOR_update_va_mapping(va, 0, UVMF_INVLPG | UVMF_ALL), 0);
    CHECK(HYPERVISOR_memory_op(XENMEM_decrease_reservation, &r), 1);
    set_xen_guest_handle(r.extent_start, &gpfn);
    CHECK(HYPERVISOR_memory_op(XENMEM_populate_physmap, &r), 1);
    p2m[pfn] = gpfn; /* the call put the new mfn where the pfn was */
    CHECK(MACHINE_TO_PHYS[gpfn], pfn);
    CHECK(paging_protect(pfn, TEST_RW), 0);
    frame_put(pfn);
}

static void decrease_refused(struct test_info *t)
{
    xen_pfn_t nowhere = 0xffffffffffUL;
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, &nowhere);
    CHECK(HYPERVISOR_memory_op(XENMEM_decrease_reservation, &r), 0);
    r.domid = 0x7123; /* these calls say how many were done, not why no more */
    CHECK(HYPERVISOR_memory_op(XENMEM_decrease_reservation, &r), 0);
}

static void exchange(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), va = (uint64_t)frame_address(pfn);
    xen_pfn_t in = pfn_to_mfn(pfn), out = pfn;
    struct xen_memory_exchange x = {
        .in = {.nr_extents = 1, .domid = DOMID_SELF},
        .out = {.nr_extents = 1, .domid = DOMID_SELF},
    };

    set_xen_guest_handle(x.in.extent_start, &in);
    set_xen_guest_handle(x.out.extent_start, &out);
    CHECK(HYPERVISOR_update_va_mapping(va, 0, UVMF_INVLPG | UVMF_ALL), 0);
    CHECK(HYPERVISOR_memory_op(XENMEM_exchange, &x), 0);
    CHECK(x.nr_exchanged, 1);
    p2m[pfn] = out;
    CHECK(MACHINE_TO_PHYS[out], pfn);
    CHECK(paging_protect(pfn, TEST_RW), 0);
    frame_put(pfn);
}

static void exchange_unequal(struct test_info *t)
{
    xen_pfn_t in = pfn_to_mfn(300), out = 300;
    struct xen_memory_exchange x = {
        .in = {.nr_extents = 1, .domid = DOMID_SELF},
        .out = {.nr_extents = 1, .extent_order = 1, .domid = DOMID_SELF},
    };

    set_xen_guest_handle(x.in.extent_start, &in);
    set_xen_guest_handle(x.out.extent_start, &out);
    CHECK(HYPERVISOR_memory_op(XENMEM_exchange, &x), ERR(EINVAL));
}

static void frame_list(struct test_info *t)
{
    xen_pfn_t list[4];
    struct xen_machphys_mfn_list l = {.max_extents = 4};

    set_xen_guest_handle(l.extent_start, list);
    CHECK(HYPERVISOR_memory_op(XENMEM_machphys_mfn_list, &l), 0);
    CHECK_TRUE(l.nr_extents >= 1);
}

static void memory_map(struct test_info *t)
{
    static uint8_t entries[20 * 128];
    struct xen_memory_map m = {.nr_entries = 128};
    long rc;

    set_xen_guest_handle(m.buffer, entries);
    rc = HYPERVISOR_memory_op(XENMEM_memory_map, &m);
    CHECK_TRUE(rc == 0 || rc == ERR(ENOSYS));
    if (!machine.domain0)
        return;
    m.nr_entries = 128;
    CHECK(HYPERVISOR_memory_op(XENMEM_machine_memory_map, &m), 0);
    CHECK_TRUE(m.nr_entries > 0);
}

static void m2p_back(struct test_info *t)
{
    for (uint64_t pfn = 256; pfn < machine.pages; pfn++)
        if (!CHECK(MACHINE_TO_PHYS[pfn_to_mfn(pfn)], pfn))
            return;
}

const struct test memory_tests[] = {
    {"memory.reservations", reservations},
    {"memory.unknown", unknown},
    {"memory.decrease_populate", decrease_populate},
    {"memory.decrease_refused", decrease_refused},
    {"memory.exchange", exchange},
    {"memory.exchange_unequal", exchange_unequal},
    {"memory.frame_list", frame_list},
    {"memory.memory_map", memory_map},
    {"memory.m2p_back", m2p_back},
    {0},
};
