/* SPDX-License-Identifier: MIT
 * Hypercalls that touch no page table: what a call costs at all, and the small ones. */
#include "bench/rows.h"
#include "lib/string.h"
#include "memory/frame.h"
#include "process/process.h"

#include <xen/errno.h>

static struct multicall_entry calls[1024];

static long null_call(uint64_t n)
{
    (void)n;
    return HYPERVISOR_xen_version(XENVER_version, NULL);
}

static long unknown_call(uint64_t n)
{
    (void)n;
    return hypercall(50, 0, 0, 0, 0, 0);
}

static bool multicall_begin(uint64_t n)
{
    memset(calls, 0, sizeof(calls));
    for (uint64_t i = 0; i < n; i++)
        calls[i].op = __HYPERVISOR_xen_version;
    return true;
}

static long multicall(uint64_t n)
{
    return HYPERVISOR_multicall(calls, (unsigned)n);
}

static struct trap_info traps[33];

static bool traps_begin(uint64_t n)
{
    memcpy(traps, trap_table(), n * sizeof(traps[0]));
    memset(&traps[n], 0, sizeof(traps[0]));
    return true;
}

static long set_trap_table(uint64_t n)
{
    (void)n;
    return HYPERVISOR_set_trap_table(traps);
}

static long stack_switch(uint64_t n)
{
    (void)n;
    return HYPERVISOR_stack_switch(SEL_DATA, (uint64_t)boot_stack + STACK_SIZE);
}

static long set_segment_base(uint64_t n)
{
    (void)n;
    return HYPERVISOR_set_segment_base(SEGBASE_FS, 0);
}

/* A GDT of our own, for the two descriptor calls. */
static uint64_t gdt_pfn, gdt_mfn;
#define TLS_DESCRIPTOR 0x00cff3000000ffffUL

static bool gdt_begin(uint64_t n)
{
    (void)n;
    gdt_pfn = frame_alloc();
    gdt_mfn = pfn_to_mfn(gdt_pfn);
    table_adopt(gdt_pfn);
    return HYPERVISOR_set_gdt(&gdt_mfn, 512) == 0;
}

static void gdt_end(uint64_t n)
{
    (void)n;
    HYPERVISOR_set_gdt(NULL, 0);
    table_release(gdt_pfn);
    frame_put(gdt_pfn);
}

static long set_gdt(uint64_t n)
{
    (void)n;
    return HYPERVISOR_set_gdt(&gdt_mfn, 512);
}

static long update_descriptor(uint64_t n)
{
    (void)n;
    return HYPERVISOR_update_descriptor(gdt_mfn << PAGE_SHIFT | 12 * 8, TLS_DESCRIPTOR);
}

/* What a process switch of a full-grown kernel asks for: both roots, the stack, three TLS slots. */
static struct root other;
static struct mmuext_op ops[2];

static void roots_fill(const struct root *r)
{
    ops[0] = (struct mmuext_op){.cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = pfn_to_mfn(r->kernel_pfn)};
    ops[1] =
        (struct mmuext_op){.cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = pfn_to_mfn(r->user_pfn)};
}

static bool switch_begin(uint64_t n)
{
    if (!root_adopt(&other, current()->space.l3) || !gdt_begin(n))
        return false;
    roots_fill(&other);
    for (unsigned i = 0; i < 2; i++)
        calls[i] = (struct multicall_entry){.op = __HYPERVISOR_mmuext_op,
                                            .args = {(uint64_t)&ops[i], 1, 0, DOMID_SELF}};
    calls[2] =
        (struct multicall_entry){.op = __HYPERVISOR_stack_switch,
                                 .args = {SEL_DATA, (uint64_t)current()->stack + STACK_SIZE}};
    for (unsigned i = 0; i < 3; i++)
        calls[3 + i] = (struct multicall_entry){
            .op = __HYPERVISOR_update_descriptor,
            .args = {gdt_mfn << PAGE_SHIFT | (12 + i) * 8, TLS_DESCRIPTOR}};
    return true;
}

static long context_switch(uint64_t n)
{
    (void)n;
    return HYPERVISOR_multicall(calls, 6);
}

static void switch_undo(uint64_t n)
{
    (void)n;
    root_switch(&current()->space.root, (uint64_t)current()->stack + STACK_SIZE);
}

static void switch_end(uint64_t n)
{
    gdt_end(n);
    root_release(&other);
}

static long fpu_taskswitch(uint64_t n)
{
    (void)n;
    return HYPERVISOR_fpu_taskswitch(0);
}

static uint64_t far_future;

static bool timer_begin(uint64_t n)
{
    (void)n;
    far_future = clock_now() + 3600000000000UL;
    return true;
}

static long set_timer(uint64_t n)
{
    (void)n;
    return HYPERVISOR_set_timer_op(far_future);
}

static void timer_end(uint64_t n)
{
    (void)n;
    clock_set_timer(clock_now() + 1000000);
}

static long yield(uint64_t n)
{
    (void)n;
    return HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
}

static char text[64];

static bool console_begin(uint64_t n)
{
    memset(text, '.', n - 1);
    text[n - 1] = '\n';
    return true;
}

static long console_write_call(uint64_t n)
{
    return HYPERVISOR_console_io(CONSOLEIO_write, (int)n, text);
}

#define CALLS(n)                                                                                   \
    {                                                                                              \
        "multicall_null", "hypercall", n, multicall, .begin = multicall_begin                      \
    }

const struct bench call_rows[] = {
    {"null", "hypercall", 1, null_call},
    {"unknown", "hypercall", 1, unknown_call, .wants = -XEN_ENOSYS},
    CALLS(1),
    CALLS(2),
    CALLS(4),
    CALLS(8),
    CALLS(16),
    CALLS(32),
    CALLS(64),
    CALLS(128),
    CALLS(256),
    CALLS(512),
    CALLS(1024),
    {"set_trap_table", "hypercall", 1, set_trap_table, .begin = traps_begin},
    {"set_trap_table", "hypercall", 20, set_trap_table, .begin = traps_begin},
    {"set_trap_table", "trap", 1, .why = "lidt raises #GP"},
    {"stack_switch", "hypercall", 1, stack_switch, .undo = switch_undo},
    {"set_segment_base", "hypercall", 1, set_segment_base},
    {"set_gdt", "hypercall", 1, set_gdt, .begin = gdt_begin, .end = gdt_end},
    {"update_descriptor", "hypercall", 1, update_descriptor, .begin = gdt_begin, .end = gdt_end},
    {"update_descriptor", "trap", 1, .why = "a write to a live table raises #PF"},
    {"context_switch", "hypercall", 1, context_switch, switch_begin, switch_undo, switch_end},
    {"task_switched", "hypercall", 1, fpu_taskswitch},
    {"set_timer", "hypercall", 1, set_timer, .begin = timer_begin, .end = timer_end},
    {"yield", "hypercall", 1, yield},
    {"console_write", "hypercall", 64, console_write_call, .begin = console_begin},
    {0},
};
