/* SPDX-License-Identifier: MIT
 * More vcpus. Each is given the whole of its first state in one vcpu_op initialise: registers,
 * root, trap table, callbacks, gs base; there is no real mode to climb out of. */
#include "arch/paravirt.h"
#include "lib/print.h"
#include "lib/string.h"

extern char boot_secondary[];
void smp_secondary(struct cpu *c);

static char stacks[MAX_CPUS][STACK_SIZE]
    __attribute__((aligned(STACK_SIZE), section(".bss.stacks")));
static struct vcpu_guest_context context;

/* Invariant: the idle loop masks, looks for work, then blocks; blocking unmasks and waits in one
 * step, so an event between the look and the block still wakes us. */
void cpu_idle(void)
{
    HYPERVISOR_sched_op(SCHEDOP_block, NULL);
    irq_disable();
}

void cpu_give_way(void)
{
    HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
}

void smp_secondary(struct cpu *c)
{
    trap_setup_cpu();
    event_setup_cpu();
    clock_setup_cpu();
    __atomic_store_n(&c->online, true, __ATOMIC_RELEASE);
    kernel_secondary();
}

static bool smp_start(unsigned id)
{
    struct cpu *c = &cpus[id];
    const struct trap_info *t = trap_table();

    memset(&context, 0, sizeof(context));
    context.flags = VGCF_IN_KERNEL;
    context.user_regs.rip = (uint64_t)boot_secondary;
    context.user_regs.rsp = (uint64_t)stacks[id] + STACK_SIZE;
    context.user_regs.rdi = (uint64_t)c;
    context.user_regs.cs = SEL_CODE;
    context.user_regs.ss = SEL_DATA;
    context.user_regs.rflags = 0x1000; /* IOPL as vcpu 0 has it */
    context.kernel_ss = SEL_DATA;
    context.kernel_sp = context.user_regs.rsp;
    for (unsigned i = 0; t[i].address; i++)
        context.trap_ctxt[t[i].vector] = t[i];
    context.ctrlreg[3] = pfn_to_mfn(kernel_root.kernel_pfn) << PAGE_SHIFT;
    context.gs_base_kernel = (uint64_t)c;
    context.event_callback_eip = (uint64_t)entry_event;
    context.failsafe_callback_eip = (uint64_t)entry_failsafe;
    context.syscall_callback_eip = (uint64_t)entry_syscall;
    if (HYPERVISOR_vcpu_op(VCPUOP_initialise, id, &context))
        return false;
    cpu_register(id);
    if (HYPERVISOR_vcpu_op(VCPUOP_up, id, NULL))
        return false;
    while (!__atomic_load_n(&c->online, __ATOMIC_ACQUIRE))
        HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
    return true;
}

void cpu_start_all(void)
{
    unsigned id = 1;

    /* is_up answers for every vcpu the domain has, and -ENOENT beyond. */
    while (id < MAX_CPUS && HYPERVISOR_vcpu_op(VCPUOP_is_up, id, NULL) >= 0 && smp_start(id))
        id++;
    cpu_count = id;
}
