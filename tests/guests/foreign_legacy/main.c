/* SPDX-License-Identifier: MIT */
/*
 * A kernel in somebody else's style, older still (__xen_guest section, hypercall page). It gives every hypercall that
 * takes a pointer the pointers that have hurt hypervisors: into its own memory, at the edge of the hole,
 * wrapping round, misaligned. No call may succeed with one, and nothing may end but the guest, by its own
 * wish. (vcpus: 2)
 */
#include <stdbool.h>
#include <stdint.h>
#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/errno.h>

void kernel(start_info_t *info);
extern char hypercall_page[];

static unsigned int count;

static long call(unsigned int nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t rax = (uint64_t)hypercall_page + 32 * nr;
    register uint64_t r10 __asm__("r10") = d;

    __asm__ volatile("call *%%rax" : "+a"(rax), "+D"(a), "+S"(b), "+d"(c), "+r"(r10) : : "rcx", "r11", "r8", "memory");
    return (long)rax;
}

static void say(const char *text)
{
    uint64_t n = 0;

    while (text[n])
        n++;
    call(__HYPERVISOR_console_io, 0, n, (uint64_t)text, 0);
}

static void number(long n)
{
    char text[24] = "";
    int at = 22;
    bool minus = n < 0;

    n = minus ? -n : n;
    do
        text[at--] = (char)('0' + n % 10);
    while (n /= 10);
    if (minus)
        text[at--] = '-';
    say(text + at + 1);
}

static const uint64_t bad[] = {
    0xffff800000000000ul, /* the M2P: readable, not writable; this one is for writing only */
    0xffff810000000000ul, 0xffff828000000000ul, 0xffff82d080200000ul, 0xffff830000000000ul, 0xffff87fffffffff8ul,
    0x0000800000000000ul, 0x00007ffffffffffcul, 0xffff7ffffffffff8ul, 0x8000000000000000ul, 0x0000600000000000ul,
};

enum way { READS, WRITES };

/* kind: which argument is the pointer. */
static void pointer(const char *name, unsigned int nr, int which, uint64_t a, uint64_t b, uint64_t c, enum way way,
                    long expected)
{
    long wrong = 0;
    unsigned int at = 0;

    for (unsigned int i = way == WRITES ? 0 : 1; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t args[3] = {a, b, c};
        long rc;

        args[which] = bad[i];
        rc = call(nr, args[0], args[1], args[2], DOMID_SELF);
        if (rc != expected) {
            wrong = rc ? rc : 1;
            at = i;
        }
    }
    say(wrong ? "not ok " : "ok ");
    number(++count);
    say(" - ");
    say(name);
    if (wrong) {
        say(" # got ");
        number(wrong);
        say(" at pointer ");
        number(at);
    }
    say("\n");
}

void kernel(start_info_t *info)
{
    struct sched_shutdown off = {SHUTDOWN_poweroff};

    (void)info;
    pointer("set_trap_table", __HYPERVISOR_set_trap_table, 0, 0, 0, 0, READS, -XEN_EFAULT);
    pointer("mmu_update", __HYPERVISOR_mmu_update, 0, 0, 1, 0, READS, -XEN_EFAULT);
    pointer("mmuext_op", __HYPERVISOR_mmuext_op, 0, 0, 1, 0, READS, -XEN_EFAULT);
    pointer("set_gdt", __HYPERVISOR_set_gdt, 0, 0, 512, 0, READS, -XEN_EFAULT);
    pointer("multicall", __HYPERVISOR_multicall, 0, 0, 1, 0, READS, -XEN_EFAULT);
    pointer("console_io write", __HYPERVISOR_console_io, 2, CONSOLEIO_write, 16, 0, READS, -XEN_EFAULT);
    pointer("xen_version extraversion", __HYPERVISOR_xen_version, 1, XENVER_extraversion, 0, 0, WRITES, -XEN_EFAULT);
    pointer("xen_version compile_info", __HYPERVISOR_xen_version, 1, XENVER_compile_info, 0, 0, WRITES, -XEN_EFAULT);
    pointer("xen_version capabilities", __HYPERVISOR_xen_version, 1, XENVER_capabilities, 0, 0, WRITES, -XEN_EFAULT);
    pointer("xen_version changeset", __HYPERVISOR_xen_version, 1, XENVER_changeset, 0, 0, WRITES, -XEN_EFAULT);
    pointer("xen_version platform", __HYPERVISOR_xen_version, 1, XENVER_platform_parameters, 0, 0, WRITES, -XEN_EFAULT);
    pointer("xen_version handle", __HYPERVISOR_xen_version, 1, XENVER_guest_handle, 0, 0, WRITES, -XEN_EFAULT);
    pointer("xen_version commandline", __HYPERVISOR_xen_version, 1, XENVER_commandline, 0, 0, WRITES, -XEN_EFAULT);
    pointer("memory_op current_reservation", __HYPERVISOR_memory_op, 1, XENMEM_current_reservation, 0, 0, READS, -XEN_EFAULT);
    pointer("memory_op maximum_reservation", __HYPERVISOR_memory_op, 1, XENMEM_maximum_reservation, 0, 0, READS, -XEN_EFAULT);
    pointer("memory_op exchange", __HYPERVISOR_memory_op, 1, XENMEM_exchange, 0, 0, READS, -XEN_EFAULT);
    pointer("memory_op populate_physmap", __HYPERVISOR_memory_op, 1, XENMEM_populate_physmap, 0, 0, READS, 0);
    pointer("memory_op increase_reservation", __HYPERVISOR_memory_op, 1, XENMEM_increase_reservation, 0, 0, READS, 0);
    pointer("memory_op decrease_reservation", __HYPERVISOR_memory_op, 1, XENMEM_decrease_reservation, 0, 0, READS, 0);
    pointer("memory_op machphys_mapping", __HYPERVISOR_memory_op, 1, XENMEM_machphys_mapping, 0, 0, WRITES, -XEN_EFAULT);
    pointer("memory_op machphys_mfn_list", __HYPERVISOR_memory_op, 1, XENMEM_machphys_mfn_list, 0, 0, READS, -XEN_EFAULT);
    pointer("memory_op machine_memory_map", __HYPERVISOR_memory_op, 1, XENMEM_machine_memory_map, 0, 0, READS, -XEN_EFAULT);
    pointer("vcpu_op initialise", __HYPERVISOR_vcpu_op, 2, VCPUOP_initialise, 1, 0, READS, -XEN_EFAULT);
    pointer("vcpu_op get_runstate_info", __HYPERVISOR_vcpu_op, 2, VCPUOP_get_runstate_info, 0, 0, WRITES, -XEN_EFAULT);
    pointer("vcpu_op register_runstate", __HYPERVISOR_vcpu_op, 2, VCPUOP_register_runstate_memory_area, 0, 0, READS, -XEN_EFAULT);
    pointer("vcpu_op register_vcpu_info", __HYPERVISOR_vcpu_op, 2, VCPUOP_register_vcpu_info, 0, 0, READS, -XEN_EFAULT);
    pointer("vcpu_op set_periodic_timer", __HYPERVISOR_vcpu_op, 2, VCPUOP_set_periodic_timer, 0, 0, READS, -XEN_EFAULT);
    pointer("vcpu_op set_singleshot_timer", __HYPERVISOR_vcpu_op, 2, VCPUOP_set_singleshot_timer, 0, 0, READS, -XEN_EFAULT);
    pointer("sched_op poll", __HYPERVISOR_sched_op, 1, SCHEDOP_poll, 0, 0, READS, -XEN_EFAULT);
    pointer("sched_op shutdown", __HYPERVISOR_sched_op, 1, SCHEDOP_shutdown, 0, 0, READS, -XEN_EFAULT);
    pointer("sched_op watchdog", __HYPERVISOR_sched_op, 1, SCHEDOP_watchdog, 0, 0, READS, -XEN_EFAULT);
    pointer("callback_op register", __HYPERVISOR_callback_op, 1, CALLBACKOP_register, 0, 0, READS, -XEN_EFAULT);
    pointer("callback_op unregister", __HYPERVISOR_callback_op, 1, CALLBACKOP_unregister, 0, 0, READS, -XEN_EFAULT);
    pointer("nmi_op register", __HYPERVISOR_nmi_op, 1, XENNMI_register_callback, 0, 0, READS, -XEN_EFAULT);
    pointer("physdev_op set_iopl", __HYPERVISOR_physdev_op, 1, PHYSDEVOP_set_iopl, 0, 0, READS, -XEN_EFAULT);
    pointer("physdev_op set_iobitmap", __HYPERVISOR_physdev_op, 1, PHYSDEVOP_set_iobitmap, 0, 0, READS, -XEN_EFAULT);
    pointer("evtchn alloc_unbound", __HYPERVISOR_event_channel_op, 1, EVTCHNOP_alloc_unbound, 0, 0, READS, -XEN_EFAULT);
    pointer("evtchn bind_interdomain", __HYPERVISOR_event_channel_op, 1, EVTCHNOP_bind_interdomain, 0, 0, READS, -XEN_EFAULT);
    pointer("evtchn bind_virq", __HYPERVISOR_event_channel_op, 1, EVTCHNOP_bind_virq, 0, 0, READS, -XEN_EFAULT);
    pointer("evtchn bind_ipi", __HYPERVISOR_event_channel_op, 1, EVTCHNOP_bind_ipi, 0, 0, READS, -XEN_EFAULT);
    pointer("evtchn status", __HYPERVISOR_event_channel_op, 1, EVTCHNOP_status, 0, 0, READS, -XEN_EFAULT);
    pointer("evtchn send", __HYPERVISOR_event_channel_op, 1, EVTCHNOP_send, 0, 0, READS, -XEN_EFAULT);
    pointer("evtchn close", __HYPERVISOR_event_channel_op, 1, EVTCHNOP_close, 0, 0, READS, -XEN_EFAULT);
    pointer("grant setup_table", __HYPERVISOR_grant_table_op, 1, GNTTABOP_setup_table, 0, 1, READS, -XEN_EFAULT);
    pointer("grant query_size", __HYPERVISOR_grant_table_op, 1, GNTTABOP_query_size, 0, 1, READS, -XEN_EFAULT);
    pointer("grant map", __HYPERVISOR_grant_table_op, 1, GNTTABOP_map_grant_ref, 0, 1, READS, -XEN_EFAULT);
    pointer("grant unmap", __HYPERVISOR_grant_table_op, 1, GNTTABOP_unmap_grant_ref, 0, 1, READS, -XEN_EFAULT);
    pointer("grant copy", __HYPERVISOR_grant_table_op, 1, GNTTABOP_copy, 0, 1, READS, -XEN_EFAULT);
    say("1..");
    number(count);
    say("\n");
    for (;;)
        call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint64_t)&off, 0, 0);
}
