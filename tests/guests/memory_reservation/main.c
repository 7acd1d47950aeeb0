/* SPDX-License-Identifier: MIT */
/* memory_op: how much memory there is, giving frames back, and getting new ones. */
#include "guest.h"

static long op(unsigned int command, void *argument) { return hypercall(memory_op, command, argument); }

void test_main(void)
{
    char *page = page_alloc();
    uint64_t mfn = virt_to_mfn(page), pfn = virt_to_pfn(page), fresh = pfn;
    uint64_t list[2] = {mfn, MFN_BEYOND};
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};
    domid_t self = DOMID_SELF, nobody = 77;
    long current;
    uint32_t *old;

    set_xen_guest_handle(r.extent_start, (xen_pfn_t *)list);
    current = op(XENMEM_current_reservation, &self);
    ktap_equal("current reservation is nr_pages", (uint64_t)current, start_info->nr_pages);
    ktap_ok("maximum reservation is not less", op(XENMEM_maximum_reservation, &self) >= current);
    ktap_ok("maximum_ram_page is beyond our frames", op(XENMEM_maximum_ram_page, NULL) >= (long)mfn);
    expect("current reservation of nobody", op(XENMEM_current_reservation, &nobody), -XEN_ESRCH);
    expect("at a bad pointer", op(XENMEM_current_reservation, (void *)HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("decrease by a frame that is still mapped", op(XENMEM_decrease_reservation, &r), 1);
    r.nr_extents = 0;
    expect("by nothing", op(XENMEM_decrease_reservation, &r), 0);
    r.nr_extents = 1;
    r.domid = 77;
    expect("of nobody: none done", op(XENMEM_decrease_reservation, &r), 0);
    r.domid = DOMID_SELF;
    list[0] = mfn_not_ours();
    expect("decrease by a frame that is not ours", op(XENMEM_decrease_reservation, &r), 0);
    list[0] = MFN_BEYOND;
    expect("by a frame beyond memory", op(XENMEM_decrease_reservation, &r), 0);
    expect("unmap the frame given back", va_map((uint64_t)page, 0), 0);
    ktap_equal("one page less", (uint64_t)op(XENMEM_current_reservation, &self), (uint64_t)current - 1);
    list[0] = fresh;
    expect("populate a pfn", op(XENMEM_populate_physmap, &r), 1);
    ktap_ok("gives its mfn", list[0] != fresh);
    p2m[pfn] = list[0];
    ktap_equal("the M2P knows it", M2P[list[0]], pfn);
    expect("map it", va_map((uint64_t)page, list[0] * PAGE_SIZE | RW), 0);
    old = (uint32_t *)page;
    bool zero = true;
    for (unsigned int i = 0; i < 1024; i++)
        zero &= old[i] == 0;
    ktap_ok("it is scrubbed", zero);
    ktap_equal("as many pages as before", (uint64_t)op(XENMEM_current_reservation, &self), (uint64_t)current);
    r.extent_order = 30;
    expect("an order no memory has", op(XENMEM_populate_physmap, &r), 0);
    expect("nor to decrease", op(XENMEM_decrease_reservation, &r), 0);
    expect("nor to increase", op(XENMEM_increase_reservation, &r), 0);
    r.extent_order = 0;
    r.nr_extents = 1ul << 62;
    expect("a list that overflows: none done", op(XENMEM_populate_physmap, &r), 0);
    r.nr_extents = 1;
    set_xen_guest_handle(r.extent_start, (xen_pfn_t *)HYPERVISOR_TEXT);
    expect("a list inside the hypervisor, populate", op(XENMEM_populate_physmap, &r), 0);
    expect("decrease", op(XENMEM_decrease_reservation, &r), 0);
    expect("a reservation at a bad pointer: none done", op(XENMEM_populate_physmap, (void *)UNMAPPED), 0);
    expect("an unknown sub-op", op(63, &r), -XEN_ENOSYS);
}
