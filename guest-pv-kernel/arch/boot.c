/* SPDX-License-Identifier: MIT
 * The boot story up to kernel_main: take over what the domain builder left (start_info, p2m, its
 * page tables), map shared_info, and replace the builder's tables with our own. Invariant: until
 * paging_setup returns only the builder's mapping exists, from VIRT_BASE on. */
#include "arch/paravirt.h"
#include "lib/print.h"
#include "lib/string.h"

struct cpu cpus[MAX_CPUS];
unsigned cpu_count = 1;
struct machine_facts machine;
struct start_info start_info;
uint64_t *p2m;

/* The frame under this page of the image is given up; the hypervisor's page is mapped there
 * instead. */
__attribute__((aligned(PAGE_SIZE))) char shared_info_page[PAGE_SIZE];

void cpu_register(unsigned id)
{
    struct cpu *c = &cpus[id];
    struct vcpu_register_vcpu_info where = {
        .mfn = address_to_mfn(c),
        .offset = (uint32_t)((uint64_t)&c->info & (PAGE_SIZE - 1)),
    };

    c->self = c;
    c->id = id;
    c->info.evtchn_upcall_mask = 1;
    if (HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, id, &where))
        panic("cpu %u: vcpu_info not accepted", id);
}

static void boot_identify(void)
{
    long version = HYPERVISOR_xen_version(XENVER_version, NULL);
    uint32_t a = 0x40000000, b, c, d;

    machine.version_major = (unsigned)version >> 16;
    machine.version_minor = version & 0xffff;
    machine.domain0 = start_info.flags & SIF_INITDOMAIN;
    /* The forced-emulation prefix: the hypervisor's cpuid, whatever the processor would say. */
    __asm__ volatile(".byte 0x0f, 0x0b, 'x', 'e', 'n'; cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    memcpy(machine.hypervisor, &b, 4);
    memcpy(machine.hypervisor + 4, &c, 4);
    memcpy(machine.hypervisor + 8, &d, 4);
}

static void boot_find_ramdisk(void)
{
    machine.ramdisk_bytes = start_info.mod_len;
    if (!start_info.mod_len)
        return;
    machine.ramdisk_pfn = start_info.flags & SIF_MOD_START_PFN
                              ? start_info.mod_start
                              : (start_info.mod_start - VIRT_BASE) >> PAGE_SHIFT;
}

void boot_start(struct start_info *from)
{
    memcpy(&start_info, from, sizeof(start_info));
    p2m = (uint64_t *)start_info.mfn_list;
    HYPERVISOR_set_segment_base(SEGBASE_GS_KERNEL, (uint64_t)&cpus[0]);
    HYPERVISOR_update_va_mapping((uint64_t)shared_info_page,
                                 start_info.shared_info | PTE_P | PTE_W | PTE_NX, UVMF_INVLPG);
    cpu_register(0);
    cpus[0].online = true;
    boot_identify();
    machine.pages = start_info.nr_pages;
    string_copy(machine.command_line, (const char *)start_info.cmd_line,
                sizeof(machine.command_line));
    boot_find_ramdisk();
    trap_setup();
    paging_setup();
    console_setup();
    clock_setup();
    kernel_main();
}
