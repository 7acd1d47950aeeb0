/* SPDX-License-Identifier: MIT */
/*
 * The boot story, in order. head.S calls boot_main on pcpu 0's stack with a map of the first 4 GiB;
 * at its end every pcpu goes to the guests through entry_start_guests() and this file is never
 * heard of again.
 */
#include "boot/boot_info.h"
#include "boot/domain_builder.h"
#include "boot/options.h"
#include "domain/domain.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "entry/entry.h"
#include "machine/acpi.h"
#include "machine/apic.h"
#include "machine/clock.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/idt.h"
#include "machine/insn.h"
#include "machine/mitigations.h"
#include "machine/pcpu.h"
#include "machine/panic.h"
#include "machine/power.h"
#include "machine/printk.h"
#include "machine/segments.h"
#include "machine/serial.h"
#include "memory/alloc.h"
#include "memory/early.h"
#include "memory/mappings.h"
#include "lib/format.h"
#include "lib/string.h"
#include "pv/memory_op.h"
#include "pv/pv.h"

#include <multiboot2.h>

#define MULTIBOOT1_BOOTLOADER_MAGIC 0x2badb002u

#define LOW_MEMORY MIB(1) /* the firmware's and the trampoline's; never given to anyone */

extern char image_start[], image_end[]; /* linker script */
extern const char trampoline_start[], trampoline_end[];

/* head.S: what the next pcpu to come through there finds. */
extern struct {
    uint64_t root;
    struct pcpu *stack; /* right below its struct pcpu */
    void (*entry)(void);
} head_next;

static struct boot_info info;
static struct hypervisor_options options;
static struct mappings_range ram[BOOT_MEMORY_MAX];
static unsigned int ram_count;
static uint64_t trampoline;

/* What the person at the console must change: a sentence, no registers. */
void NORETURN boot_stop(const char *fmt, ...)
{
    char text[256];
    va_list ap;

    va_start(ap, fmt);
    format_va(text, sizeof(text), fmt, ap);
    log_error("cannot boot: %s", text);
    power_debug_port = options.exit_debug_port;
    power_off(POWER_PANIC);
}

static void read_boot_info(uint32_t magic, uint32_t info_phys)
{
    const struct boot_view view = {.bytes = (const uint8_t *)DIRECT_MAP_BASE, .size = BOOT_MAP_SIZE};

    if (magic == MULTIBOOT2_BOOTLOADER_MAGIC)
        multiboot2_parse(&view, info_phys, &info);
    else if (magic == MULTIBOOT1_BOOTLOADER_MAGIC)
        multiboot1_parse(&view, info_phys, &info);
    else
        boot_stop("the boot loader speaks no Multiboot (magic 0x%x)", magic);
    options_parse_hypervisor(info.cmdline, &options);
    boot_info_check(&info, (uint64_t)image_start - HYPERVISOR_BASE, (uint64_t)image_end - HYPERVISOR_BASE);
    printk_level = (enum log_level)options.loglvl;
    power_debug_port = options.exit_debug_port;
    power_no_reboot = options.noreboot;
    refuse_rows = options.rows;
    xen_version_command_line = info.cmdline;
    if (options.unknown.len)
        log_warning("option not known: %.*s", (int)options.unknown.len, options.unknown.text);
}

/* RAM as mappings.c wants it; and all, in the firmware's own numbers for the types, as domain 0 may ask for it. */
static void sort_out_memory(void)
{
    static struct memory_e820 map[BOOT_MEMORY_MAX];
    uint64_t total = 0;

    for (size_t i = 0; i < info.nr_memory; i++) {
        const struct boot_memory *m = &info.memory[i];

        map[i] = (struct memory_e820){m->start, m->end - m->start, m->type};
        if (m->type != BOOT_MEMORY_RAM)
            continue;
        ram[ram_count++] = (struct mappings_range){m->start, m->end};
        total += m->end - m->start;
        if (m->start < 0x90000 && m->end > 0x2000)
            trampoline = align_down(min(m->end, 0x90000ul) - 1, PAGE_SIZE);
    }
    memory_op_machine_map = map;
    memory_op_machine_entries = (uint32_t)info.nr_memory;
    printk("memory: %lu MiB in %u ranges, up to 0x%lx", total >> 20, ram_count, ram[ram_count - 1].end);
}

/* The rest of RAM, when ours and the modules' is taken out of the map. */
static void find_free_memory(void)
{
    boot_info_add_memory(&info, 0, LOW_MEMORY, BOOT_MEMORY_RESERVED);
    boot_info_add_memory(&info, (uint64_t)image_start - HYPERVISOR_BASE, (uint64_t)(image_end - image_start),
                         BOOT_MEMORY_RESERVED);
    for (size_t i = 0; i < info.nr_modules; i++)
        boot_info_add_memory(&info, info.modules[i].start, info.modules[i].end - info.modules[i].start,
                             BOOT_MEMORY_RESERVED);
    boot_info_sort_memory(&info);
    for (size_t i = 0; i < info.nr_memory; i++)
        if (info.memory[i].type == BOOT_MEMORY_RAM)
            early_add(info.memory[i].start, info.memory[i].end);
}

static void start_clocks_and_interrupts(void)
{
    boot_stop_if(!acpi.pm_timer, "the firmware tells of no ACPI timer to measure the TSC by: its ACPI tables are not "
                 "there, damaged, or above 4 GiB");
    clock_init(acpi.pm_timer);
    boot_stop_if(!apic_phys(), "the firmware left the interrupt controllers in x2APIC mode, which is not supported: "
                 "switch it off in its settings");
    apic_init(mappings_device(FIX_LAPIC, apic_phys()));
    this_cpu()->apic_id = apic_id();
    if (acpi.ioapic) {
        ioapic_init(mappings_device(FIX_IOAPIC, acpi.ioapic));
        serial_interrupts_on();
    } else {
        log_warning("no I/O APIC: no console input");
    }
    printk("clock: TSC at %lu.%03lu MHz by ACPI timer", clock_tsc_khz / 1000, clock_tsc_khz % 1000);
}

/* Every pcpu comes through here on its own stack, with our tables loaded. */
static void setup_this_cpu(void)
{
    cpu_setup();
    segments_init(this_cpu()->id);
    idt_load();
    fpu_setup();
    entry_init_cpu();
}

static void secondary_main(void)
{
    setup_this_cpu();
    apic_setup();
    __atomic_fetch_or(&pcpu_online_mask, 1ul << this_cpu()->id, __ATOMIC_SEQ_CST);
    entry_start_guests();
}

/* INIT, STARTUP twice as it may miss one, and a second of patience. False: it did not answer. */
static bool start_pcpu(uint32_t cpu, uint32_t apic_id)
{
    struct pcpu *p = pcpu_of(cpu);

    p->id = cpu;
    p->apic_id = apic_id;
    head_next.root = mappings_root_phys;
    head_next.stack = p;
    head_next.entry = secondary_main;
    memcpy((void *)(DIRECT_MAP_BASE + trampoline), trampoline_start, (size_t)(trampoline_end - trampoline_start));
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    apic_send(apic_id, APIC_INIT);
    clock_delay_us(10000);
    for (unsigned int attempt = 0; attempt < 2; attempt++) {
        apic_send(apic_id, APIC_STARTUP | (uint32_t)(trampoline >> 12));
        clock_delay_us(200);
    }
    for (unsigned int wait = 0; wait < 10000 && !(read_once(pcpu_online_mask) >> cpu & 1); wait++)
        clock_delay_us(100);
    return read_once(pcpu_online_mask) >> cpu & 1;
}

static void start_other_pcpus(void)
{
    for (uint32_t i = 0; i < acpi.pcpus && pcpu_count < options.maxcpus; i++) {
        if (acpi.apic_ids[i] == this_cpu()->apic_id)
            continue;
        boot_stop_if(!trampoline, "there is no memory below 576 KiB for pcpus to start in; write maxcpus=1");
        mappings_add_pcpu(pcpu_count);
        if (start_pcpu(pcpu_count, acpi.apic_ids[i]))
            pcpu_count++;
        else
            log_warning("pcpu with APIC id %u does not start", acpi.apic_ids[i]);
    }
    mappings_forget_boot_tables();
    printk("%u pcpu%s", pcpu_count, pcpu_count == 1 ? "" : "s");
}

/* All are built before the first one runs. */
static void start_domains(void)
{
    static struct domain_options plan[DOMAIN_MAX];
    size_t count = options_plan_domains(&info, plan, ARRAY_SIZE(plan));

    for (size_t i = 0; i < count; i++) {
        if (plan[i].explain == OPTIONS_UNSET)
            plan[i].explain = options.explain;
        domain_build(&plan[i], (domid_t)i);
    }
    for (size_t i = 0; i < count; i++)
        domain_unpause(domain_table[i]);
}

/* Kernels and ramdisks have been copied into their domains: whole pages of them are memory like any other now. */
static void give_modules_to_allocator(void)
{
    for (size_t i = 0; i < info.nr_modules; i++)
        alloc_add_range(align_up(max(info.modules[i].start, LOW_MEMORY), PAGE_SIZE) >> PAGE_SHIFT,
                        info.modules[i].end >> PAGE_SHIFT);
}

static void panic_context(void)
{
    const struct vcpu *v = current;

    if (v)
        log_error("  current d%uv%u (%s)", v->domain->id, v->id, v->domain->name);
}

void NORETURN boot_main(uint32_t magic, uint32_t info_phys)
{
    serial_init();
    printk("Paravane");
    idt_init(trap_stubs);
    read_boot_info(magic, info_phys);
    cpu_detect(options.smap, options.pcid);
    mitigations_detect((enum mitigations_choice)options.spec_ctrl);
    cpu_setup(); /* XSAVE must be on for its size to be asked */
    fpu_detect();
    acpi_init(info.rsdp_size ? info.rsdp : NULL);
    sort_out_memory();
    find_free_memory();
    mappings_init(ram, ram_count);
    panic_context_hook = panic_context;
    entry_init();
    setup_this_cpu();
    start_clocks_and_interrupts();
    start_other_pcpus();
    early_end();
    printk("%lu MiB free for domains", alloc_free_frames >> (20 - PAGE_SHIFT));
    start_domains();
    give_modules_to_allocator();
    entry_start_guests();
}
