/* SPDX-License-Identifier: MIT */
/*
 * A guest source as people write it for libxen-dev: start of day, traps, page tables, events,
 * console, store, grants. It is compiled against either set of headers and must come out as the
 * same bytes; it is never run.
 */
#include <stdint.h>
#include <stddef.h>
#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/elfnote.h>
#include <xen/features.h>
#include <xen/version.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/memory.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/callback.h>
#include <xen/nmi.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
#include <xen/io/xenbus.h>
#include <xen/io/protocols.h>

long hypercall(unsigned int nr, ...);
void mapped(unsigned long va);

extern char shared_page[], console_page[], store_page[];

#define shared_info_page ((struct shared_info *)shared_page)
#define console_ring ((struct xencons_interface *)console_page)
#define store_ring ((struct xenstore_domain_interface *)store_page)

struct trap_info traps[] = {
    { 3, 3, FLAT_KERNEL_CS, 0x1000 },
    { 14, 4, FLAT_KERNEL_CS, 0x2000 },
    { 0, 0, 0, 0 },
};

const struct {
    uint32_t name_size, size, type;
    char name[4];
    unsigned long value;
} note_entry = { 4, sizeof(long), XEN_ELFNOTE_ENTRY, "Xen", 0x100000 };

xen_uuid_t uuid = XEN_DEFINE_UUID_(0x00112233, 0x4455, 0x6677, 0x8899, 1, 2, 3, 4, 5, 6);
const char *protocol = XEN_IO_PROTO_ABI_NATIVE;
unsigned long layout[] = {
    HYPERVISOR_VIRT_START, MACH2PHYS_VIRT_START, MACH2PHYS_NR_ENTRIES, FIRST_RESERVED_GDT_ENTRY,
    sizeof(struct start_info), sizeof(struct shared_info), sizeof(struct vcpu_info),
    sizeof(struct vcpu_guest_context), offsetof(struct shared_info, wc_sec),
    offsetof(struct vcpu_info, time), DOMID_SELF, EVTCHN_2L_NR_CHANNELS, XEN_EXTRAVERSION_LEN,
};

uint64_t clock_ns(uint64_t tsc)
{
    const volatile struct vcpu_time_info *t = &shared_info_page->vcpu_info[0].time;
    uint32_t version;
    uint64_t ns;

    do {
        version = t->version;
        uint64_t delta = tsc - t->tsc_timestamp;

        delta = t->tsc_shift < 0 ? delta >> -t->tsc_shift : delta << t->tsc_shift;
        ns = t->system_time + (delta >> 32) * t->tsc_to_system_mul;
    } while ((version & 1) || version != t->version);
    return ns;
}

void print(const char *text)
{
    XENCONS_RING_IDX prod = console_ring->out_prod;

    while (*text && prod - console_ring->out_cons < sizeof(console_ring->out))
        console_ring->out[MASK_XENCONS_IDX(prod++, console_ring->out)] = *text++;
    console_ring->out_prod = prod;
    struct evtchn_send send = { .port = 2 };
    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

long start(struct start_info *si)
{
    struct xen_feature_info features = { .submap_idx = 0 };
    struct evtchn_alloc_unbound unbound = { .dom = DOMID_SELF, .remote_dom = 0 };
    struct evtchn_bind_virq virq = { .virq = VIRQ_TIMER, .vcpu = 0 };
    struct callback_register callback = {
        .type = CALLBACKTYPE_event, .flags = CALLBACKF_mask_events,
    };
    struct physdev_set_iopl iopl = { .iopl = 1 };

    if (hypercall(__HYPERVISOR_xen_version, XENVER_get_features, &features) == -XEN_ENOSYS ||
        !(features.submap & (1u << XENFEAT_mmu_pt_update_preserve_ad)))
        return -XEN_EOPNOTSUPP;
    hypercall(__HYPERVISOR_set_trap_table, traps);
    hypercall(__HYPERVISOR_callback_op, CALLBACKOP_register, &callback);
    hypercall(__HYPERVISOR_update_va_mapping, shared_page, (uint64_t)si->shared_info | 7,
              UVMF_INVLPG | UVMF_ALL);
    mapped(si->pt_base + si->nr_pt_frames * 4096);
    if (si->flags & SIF_INITDOMAIN)
        mapped(si->console.dom0.info_off);
    else
        mapped(si->console.domU.mfn);
    hypercall(__HYPERVISOR_physdev_op, PHYSDEVOP_set_iopl, &iopl);
    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &unbound);
    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &virq);
    hypercall(__HYPERVISOR_vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag);
    shared_info_page->evtchn_mask[unbound.port / (8 * sizeof(xen_ulong_t))] = 0;
    shared_info_page->vcpu_info[0].evtchn_upcall_mask = 0;
    return virq.port;
}

long pages(xen_pfn_t *frames, unsigned int count, xen_pfn_t root)
{
    struct xen_memory_reservation want = {
        .nr_extents = count, .extent_order = 0, .mem_flags = XENMEMF_address_bits(32),
        .domid = DOMID_SELF,
    };
    struct mmu_update update[2] = {
        { ((uint64_t)root << 12) | MMU_NORMAL_PT_UPDATE, ((uint64_t)frames[0] << 12) | 0x61 },
        { ((uint64_t)frames[0] << 12) | MMU_MACHPHYS_UPDATE, 5 },
    };
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = root };
    uint8_t mask = 1;
    struct mmuext_op flush = { .cmd = MMUEXT_INVLPG_MULTI, .arg1.linear_addr = 0x4000 };
    unsigned int done;

    set_xen_guest_handle(want.extent_start, frames);
    set_xen_guest_handle(flush.arg2.vcpumask, &mask);
    if (hypercall(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &want) != (long)count)
        return -XEN_ENOMEM;
    hypercall(__HYPERVISOR_mmu_update, update, 2, &done, DOMID_SELF);
    hypercall(__HYPERVISOR_mmuext_op, &pin, 1, &done, DOMID_SELF);
    return hypercall(__HYPERVISOR_mmuext_op, &flush, 1, &done, DOMID_SELF);
}

int grant(struct grant_entry_v1 *table, grant_ref_t ref, domid_t to, uint32_t mfn)
{
    struct gnttab_copy copy = {
        .source.u.ref = ref, .source.domid = to, .source.offset = 16,
        .dest.u.gmfn = mfn, .dest.domid = DOMID_SELF, .len = 64, .flags = GNTCOPY_source_gref,
    };
    struct gnttab_map_grant_ref map = {
        .host_addr = 0x5000, .flags = GNTMAP_host_map | GNTMAP_readonly, .ref = ref, .dom = to,
    };

    table[ref].frame = mfn;
    table[ref].domid = to;
    table[ref].flags = GTF_permit_access | GTF_readonly;
    if (hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_copy, &copy, 1) ||
        copy.status != GNTST_okay)
        return copy.status;
    hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &map, 1);
    return map.status == GNTST_bad_gntref ? -1 : (int)map.handle;
}

void second_vcpu(struct vcpu_guest_context *c, struct vcpu_register_runstate_memory_area *area)
{
    struct vcpu_set_singleshot_timer timer = { 1000000, VCPU_SSHOTTMR_future };

    c->flags = VGCF_in_kernel | VGCF_online;
    c->user_regs.cs = FLAT_KERNEL_CS;
    c->user_regs.ss = FLAT_KERNEL_SS;
    c->ctrlreg[3] = xen_pfn_to_cr3(0x1234);
    c->event_callback_eip = 0x3000;
    hypercall(__HYPERVISOR_vcpu_op, VCPUOP_initialise, 1, c);
    hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 1, area);
    hypercall(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, 0, &timer);
    hypercall(__HYPERVISOR_vcpu_op, VCPUOP_up, 1, NULL);
}

enum xenbus_state ask(uint32_t length)
{
    struct xsd_sockmsg head = { .type = XS_READ, .req_id = 7, .tx_id = 0, .len = length };
    const char *bytes = (const char *)&head;

    for (unsigned int i = 0; i < sizeof(head); i++)
        store_ring->req[MASK_XENSTORE_IDX(store_ring->req_prod + i)] = bytes[i];
    store_ring->req_prod += sizeof(head);
    return store_ring->rsp_prod == store_ring->rsp_cons ? XenbusStateUnknown : XenbusStateConnected;
}

void cpuid_leaf(uint32_t leaf, uint32_t *out)
{
    __asm__ volatile(XEN_CPUID : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "0"(XEN_CPUID_LEAF(leaf)), "2"(0));
}

void stop(int crashed)
{
    struct sched_shutdown why = { .reason = crashed ? SHUTDOWN_crash : SHUTDOWN_poweroff };

    for (;;)
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &why);
}
