/* SPDX-License-Identifier: MIT
 * What a kernel in ring 0 does where a paravirtualized one asks: named like the rows under a
 * hypervisor, so that they stand beside each other. */
#include "bench/insn.h"
#include "bench/native/native.h"
#include "bench/user.h"

INSN(do_lidt, "lidt native_idtr(%%rip)")
INSN(do_lgdt, "lgdt native_gdtr(%%rip)")
INSN(flush_all, "mov %%cr3, %%rax; mov %%rax, %%cr3")
INSN(do_sti_hlt, "sti; hlt")

static void mask(uint64_t n)
{
    (void)n;
    __asm__ volatile("cli");
}

static long descriptor(uint64_t n)
{
    (void)n;
    ((volatile uint64_t *)native_gdt)[7] = 0x00cff3000000ffffUL;
    return 0;
}

/* A page-table entry that maps one page, at a root nobody runs on. */
static volatile uint64_t l1[512] __attribute__((aligned(4096)));
static char page[4096] __attribute__((aligned(4096)));

static long write_entry(uint64_t n)
{
    (void)n;
    l1[0] = (uint64_t)page | 7;
    return 0;
}

static long flush_page(uint64_t n)
{
    (void)n;
    __asm__ volatile("invlpg (%0)" ::"r"(page) : "memory");
    return 0;
}

static long write_entry_flush(uint64_t n)
{
    write_entry(n);
    return flush_page(n);
}

static long switch_root(uint64_t n)
{
    (void)n;
    __asm__ volatile("mov %0, %%cr3" ::"r"(native_other_root) : "memory");
    return 0;
}

static void switch_back(uint64_t n)
{
    (void)n;
    __asm__ volatile("mov %0, %%cr3" ::"r"(native_root) : "memory");
}

static long set_timer(uint64_t n)
{
    (void)n;
    *apic(APIC_TIMER_COUNT) = 0x10000000;
    return 0;
}

/* ---- an interrupt to ourselves ---- */
#define TO_SELF (1 << 18 | VECTOR_IPI)

static bool interrupts_begin(uint64_t n)
{
    (void)n;
    __asm__ volatile("sti");
    return true;
}

static long send_self(uint64_t n)
{
    uint32_t before = native_ipis;

    (void)n;
    *apic(APIC_COMMAND) = TO_SELF;
    while (native_ipis == before)
        ;
    return 0;
}

static bool idle_begin(uint64_t n)
{
    mask(n);
    *apic(APIC_COMMAND) = TO_SELF;
    return true;
}

static void idle_undo(uint64_t n)
{
    idle_begin(n);
}

static void idle_end(uint64_t n)
{
    (void)n;
    __asm__ volatile("sti; nop; cli");
}

static char from[4096] __attribute__((aligned(4096)));

static long copy_page(uint64_t n)
{
    const char *s = from;
    char *d = page;

    n = 512;
    __asm__ volatile("rep movsq" : "+S"(s), "+D"(d), "+c"(n)::"memory");
    return 0;
}

const struct bench native_rows[] = {
    {"page_table_write", "native", 1, write_entry},
    {"page_table_write_invlpg", "native", 1, write_entry_flush},
    {"root_switch", "native", 1, switch_root, .undo = switch_back},
    {"tlb_flush", "native", 1, flush_all},
    {"invlpg", "native", 1, flush_page},
    {"irq_mask", "native", 1, do_cli},
    {"irq_unmask", "native", 1, do_sti, .undo = mask},
    {"set_trap_table", "native", 1, do_lidt},
    {"set_gdt", "native", 1, do_lgdt},
    {"update_descriptor", "native", 1, descriptor},
    {"task_switched", "native", 1, do_clts},
    {"read_cr0", "native", 1, read_cr0},
    {"rdmsr_fs_base", "native", 1, rdmsr_fs},
    {"set_segment_base", "native", 1, wrmsr_fs},
    {"cpuid", "native", 1, cpuid_native},
    {"port_in", "native", 1, do_in},
    {"port_out", "native", 1, do_out},
    {"set_timer", "native", 1, set_timer},
    {"event_send_upcall", "native", 1, send_self, .begin = interrupts_begin, .end = mask},
    {"idle", "native", 1, do_sti_hlt, idle_begin, idle_undo, idle_end},
    {"copy_page", "native", 1, copy_page},
    {"kernel_page_fault", "native", 1, bench_trip_page_fault},
    {0},
};
