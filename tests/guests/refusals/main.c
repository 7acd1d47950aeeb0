/* SPDX-License-Identifier: MIT */
/*
 * The causes of refusal that no other guest comes by: one call for each, and the answer that belongs to
 * it. (vcpus: 2)
 */
#include "guest.h"

static grant_entry_v1_t *grants;
static struct vcpu_guest_context context;
static volatile uint64_t running;

static void second(void)
{
    for (;;) {
        running++;
        hypercall(sched_op, SCHEDOP_yield);
    }
}

static void page_tables(void)
{
    uint64_t *page = page_alloc(), mfn = virt_to_mfn(page);
    struct mmuext_op flush = {.cmd = MMUEXT_TLB_FLUSH_LOCAL};

    expect("mmu_update command 5", pte_write(pte_machine((uint64_t)page, 1) | 5, 0), -XEN_ENOSYS);
    expect("mmuext_op mark_super", mmuext(19, mfn), -XEN_EOPNOTSUPP);
    expect("mmuext_op with one's own number", hypercall(mmuext_op, &flush, 1, NULL, 0), -XEN_ESRCH);
    expect("update_va_mapping_otherdomain with one's own number",
           hypercall(update_va_mapping_otherdomain, page, pte_for(page, RW), 0, 0), -XEN_ESRCH);
    expect("cache bits in an l3 entry",
           pte_write(pte_machine((uint64_t)page, 3), *pte_of((uint64_t)page, 3) | PTE_PCD), -XEN_EINVAL);
    expect("an l1 entry with more address bits than the CPU has",
           pte_write(pte_machine((uint64_t)page, 1), 1ul << 50 | RW), -XEN_EPERM);
    page_readonly(page);
    expect("a GDT frame", hypercall(set_gdt, &mfn, 16), 0);
    expect("mmu_update into it", pte_write(mfn * PAGE_SIZE, 0), -XEN_EINVAL);
    expect("no GDT", hypercall(set_gdt, &mfn, 0), 0);
}

static void memory(void)
{
    uint64_t *table = page_alloc(), list;
    struct xen_memory_reservation r = {.nr_extents = 1, .domid = DOMID_SELF};

    set_xen_guest_handle(r.extent_start, (xen_pfn_t *)&list);
    list = 1ul << 60;
    expect("populate_physmap of an impossible pfn", hypercall(memory_op, XENMEM_populate_physmap, &r), 0);
    list = 0x10000;
    expect("populate_physmap of a full domain", hypercall(memory_op, XENMEM_populate_physmap, &r), 0);
    page_readonly(table);
    expect("pin an l1", pin(1, table), 0);
    list = virt_to_mfn(table);
    expect("decrease_reservation of it", hypercall(memory_op, XENMEM_decrease_reservation, &r), 0);
}

static int map(struct gnttab_map_grant_ref *m, uint64_t mfn)
{
    grants[m->ref] = (grant_entry_v1_t){.flags = GTF_permit_access, .domid = 0, .frame = (uint32_t)mfn};
    hypercall(grant_table_op, GNTTABOP_map_grant_ref, m, 1);
    return m->status;
}

static void grant_tables(void)
{
    static char table[PAGE_SIZE] page_aligned, window[PAGE_SIZE] page_aligned;
    uint64_t frame;
    struct gnttab_set_version version = {.version = 7};
    struct gnttab_get_version of = {.dom = DOMID_SELF};
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 1};
    struct gnttab_copy copy = {.source.domid = 0, .dest.domid = DOMID_SELF, .len = 1};
    struct gnttab_map_grant_ref m = {.host_addr = (uint64_t)window, .flags = GNTMAP_host_map, .ref = 20};
    struct gnttab_unmap_grant_ref unmap = {.host_addr = (uint64_t)window};
    struct gnttab_swap_grant_ref swap = {.ref_a = 20, .ref_b = 21};
    struct gnttab_unmap_and_replace replace = {.handle = ~0u};

    expect("grant table version 7", hypercall(grant_table_op, GNTTABOP_set_version, &version, 1), -XEN_EINVAL);
    version.version = 2;
    expect("grant table version 2", hypercall(grant_table_op, GNTTABOP_set_version, &version, 1), -XEN_ENOSYS);
    version.version = 1;
    expect("grant table version 1", hypercall(grant_table_op, GNTTABOP_set_version, &version, 1), 0);
    expect("get_version", hypercall(grant_table_op, GNTTABOP_get_version, &of, 1), -XEN_ENOSYS);
    expect("swap_grant_ref", hypercall(grant_table_op, GNTTABOP_swap_grant_ref, &swap, 1), -XEN_ENOSYS);
    expect("unmap_and_replace", hypercall(grant_table_op, GNTTABOP_unmap_and_replace, &replace, 1), -XEN_ENOSYS);
    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)UNMAPPED);
    hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1);
    expect("frame list at an unmapped address", setup.status, GNTST_bad_virt_addr);
    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)&frame);
    hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1);
    expect("setup_table", setup.status, GNTST_okay);
    va_map((uint64_t)table, frame * PAGE_SIZE | RW);
    grants = (grant_entry_v1_t *)table;

    copy.source.u.gmfn = virt_to_mfn(window);
    copy.dest.u.gmfn = virt_to_mfn(window);
    hypercall(grant_table_op, GNTTABOP_copy, &copy, 1);
    expect("copy of a frame by number and domain", copy.status, GNTST_permission_denied);
    expect("map a granted frame that is not ours", map(&m, mfn_not_ours()), GNTST_bad_page);
    m.ref++;
    expect("map a granted page table for writing", map(&m, virt_to_mfn(boot_root())), GNTST_general_error);
    m = (struct gnttab_map_grant_ref){.host_addr = virt_to_mfn(boot_root()) * PAGE_SIZE,
                                      .flags = GNTMAP_host_map | GNTMAP_contains_pte, .ref = 22};
    expect("map through an entry that is no l1's", map(&m, virt_to_mfn(page_alloc())), GNTST_general_error);
    m = (struct gnttab_map_grant_ref){.host_addr = (uint64_t)window, .flags = GNTMAP_host_map | GNTMAP_device_map,
                                      .ref = 23};
    expect("map", map(&m, virt_to_mfn(page_alloc())), GNTST_okay);
    unmap.handle = m.handle;
    unmap.dev_bus_addr = PAGE_SIZE;
    hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap with another's bus address", unmap.status, GNTST_bad_dev_addr);
    unmap.dev_bus_addr = m.dev_bus_addr;
    hypercall(grant_table_op, GNTTABOP_unmap_grant_ref, &unmap, 1);
    expect("unmap", unmap.status, GNTST_okay);
}

static void scheduling(void)
{
    struct sched_watchdog dog = {.id = 0, .timeout = 100}, ids[2];

    for (unsigned int i = 0; i < 2; i++) {
        ids[i] = (struct sched_watchdog){.id = 0, .timeout = 100};
        ids[i].id = (uint32_t)hypercall(sched_op, SCHEDOP_watchdog, &ids[i]);
    }
    expect("a third watchdog", (int)hypercall(sched_op, SCHEDOP_watchdog, &dog), -XEN_ENOSPC);
    for (unsigned int i = 0; i < 2; i++) {
        ids[i].timeout = 0;
        expect("stop a watchdog", hypercall(sched_op, SCHEDOP_watchdog, &ids[i]), 0);
    }
    expect("pin_override", hypercall(sched_op, SCHEDOP_pin_override, HYPERVISOR_TEXT), -XEN_EPERM);
}

static void vcpus(void)
{
    struct vcpu_set_periodic_timer period = {.period_ns = ~0ul};
    struct vcpu_register_vcpu_info info = {.mfn = virt_to_mfn(page_alloc())};

    vcpu_context(&context, second, 1);
    context.gdt_ents = 9000;
    expect("initialise with a long GDT", hypercall(vcpu_op, VCPUOP_initialise, 1, &context), -XEN_EINVAL);
    vcpu_context(&context, second, 1);
    context.ldt_ents = 9000;
    expect("initialise with a long LDT", hypercall(vcpu_op, VCPUOP_initialise, 1, &context), -XEN_EINVAL);
    expect("start vcpu 1", vcpu_start(1, second), 0);
    ktap_ok("it runs", wait_for(&running, 2, 3000));
    expect("register_vcpu_info of a running vcpu", hypercall(vcpu_op, VCPUOP_register_vcpu_info, 1, &info),
           -XEN_EINVAL);
    expect("send_nmi with an argument", hypercall(vcpu_op, VCPUOP_send_nmi, 1, &info), -XEN_EINVAL);
    expect("get_physid", hypercall(vcpu_op, VCPUOP_get_physid, 0, &context), -XEN_EINVAL);
    expect("a period beyond all timers", hypercall(vcpu_op, VCPUOP_set_periodic_timer, 0, &period), -XEN_EINVAL);
    expect("vcpu 1 down", hypercall(vcpu_op, VCPUOP_down, 1, NULL), 0);
}

static void ports(void)
{
    struct evtchn_reset all = {.dom = DOMID_SELF};
    long rc = 0;

    for (unsigned int i = 0; i < 5000 && !rc; i++) {
        struct evtchn_alloc_unbound port = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};

        rc = hypercall(event_channel_op, EVTCHNOP_alloc_unbound, &port);
    }
    expect("a port too many", rc, -XEN_ENOSPC);
    expect("reset", hypercall(event_channel_op, EVTCHNOP_reset, &all), 0);
}

void test_main(void)
{
    struct xen_build_id id = {.len = 0};

    expect("an i/o breakpoint", hypercall(set_debugreg, 7, 0x20002), -XEN_EPERM);
    expect("build_id of no length", hypercall(xen_version, XENVER_build_id, &id), -XEN_EINVAL);
    expect("pagesize with an argument", hypercall(xen_version, XENVER_pagesize, &id), -XEN_EINVAL);
    page_tables();
    grant_tables();
    scheduling();
    vcpus();
    ports();
    memory();
}
