/* SPDX-License-Identifier: MIT */
/* Joins the rooms: lower ones that must call up do so through hooks set here, once, before the first guest. */
#include "entry/entry.h"
#include "domain/console.h"
#include "domain/debug_keys.h"
#include "domain/trace.h"
#include "machine/cpu.h"
#include "machine/printk.h"
#include "memory/mappings.h"
#include "pv/pagetable.h"
#include "pv/vcpu_state.h"

void entry_init(void)
{
    pt_init(mfn_ptr(mappings_root_phys >> PAGE_SHIFT), cpu_phys_bits);
    domain_vcpu_release_hook = descriptors_release;
    domain_memory_teardown_hook = pt_teardown_step;
    debug_recount_hook = recount_all;
    debug_dump_hook = dump_vcpu;
    trace_table_hook = hypercall_watch;
    console_input_hook = console_pump;
}

void entry_init_cpu(void)
{
    unsigned int cpu = this_cpu()->id;

    this_cpu()->hypercalls = hypercall_table;
    this_cpu()->traps = trap_table;
    cpu_set_syscall_entries((uint64_t)syscall_stubs + cpu * SYSCALL_STUB_SIZE,
                            (uint64_t)syscall32_stubs + cpu * SYSCALL_STUB_SIZE, (uint64_t)sysenter_entry);
    timer_init_cpu();
}
