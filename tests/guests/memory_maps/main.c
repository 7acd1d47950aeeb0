/* SPDX-License-Identifier: MIT */
/* memory_op: the memory map of the domain, of the machine (domain 0), and where the M2P is. */
#include "guest.h"

struct e820 { uint64_t start, size; uint32_t type; } __attribute__((packed));

void test_main(void)
{
    static struct e820 entries[64];
    struct xen_memory_map map = {.nr_entries = 64};
    struct xen_machphys_mapping mapping = {0};
    struct xen_machphys_mfn_list list = {.max_extents = 4};
    static xen_pfn_t extents[4];
    long rc;

    set_xen_guest_handle(map.buffer, entries);
    rc = hypercall(memory_op, XENMEM_memory_map, &map);
    ktap_ok("memory_map answers with entries, or ENOSYS where none was set",
            (rc == 0 && map.nr_entries >= 1) || rc == -XEN_ENOSYS);
    map.nr_entries = 64;
    expect("machine_memory_map", hypercall(memory_op, XENMEM_machine_memory_map, &map), 0);
    ktap_ok("has entries", map.nr_entries >= 2);
    uint64_t ram = 0;
    for (unsigned int i = 0; i < map.nr_entries; i++)
        ram += entries[i].type == 1 ? entries[i].size : 0;
    ktap_ok("with some hundred MiB of RAM", ram > (400ul << 20));
    map.nr_entries = 1;
    expect("in a buffer of one entry", hypercall(memory_op, XENMEM_machine_memory_map, &map), -XEN_EINVAL);
    set_xen_guest_handle(map.buffer, (struct e820 *)HYPERVISOR_TEXT);
    map.nr_entries = 64;
    expect("a buffer inside the hypervisor", hypercall(memory_op, XENMEM_machine_memory_map, &map), -XEN_EFAULT);
    expect("an argument inside the hypervisor", hypercall(memory_op, XENMEM_machine_memory_map, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("machphys_mapping", hypercall(memory_op, XENMEM_machphys_mapping, &mapping), 0);
    ktap_equal("starts at the ABI's address", mapping.v_start, HYPERVISOR_START);
    ktap_ok("has room for the machine", mapping.max_mfn >= 0x1f000 && mapping.v_end > mapping.v_start);
    expect("at a bad pointer", hypercall(memory_op, XENMEM_machphys_mapping, UNMAPPED), -XEN_EFAULT);
    set_xen_guest_handle(list.extent_start, extents);
    expect("machphys_mfn_list", hypercall(memory_op, XENMEM_machphys_mfn_list, &list), 0);
    ktap_ok("has an extent", list.nr_extents >= 1 && extents[0] != 0);
    expect("at a bad pointer", hypercall(memory_op, XENMEM_machphys_mfn_list, UNMAPPED), -XEN_EFAULT);
}
