/* SPDX-License-Identifier: MIT
 * sched_op and vcpu_op: waiting, and what one may ask about vcpus. */
#include "selftest/test.h"

static void yield(struct test_info *t)
{
    CHECK(HYPERVISOR_sched_op(SCHEDOP_yield, NULL), 0);
}

static void unknown(struct test_info *t)
{
    CHECK(HYPERVISOR_sched_op(999, NULL), ERR(ENOSYS));
}

static void poll_timeout(struct test_info *t)
{
    bool irq = irq_save();
    evtchn_port_t port = this_cpu()->ipi_port;
    uint64_t until = clock_now() + 20000000;
    unsigned woken = 0;
    struct sched_poll op = {.nr_ports = 1, .timeout = until};

    set_xen_guest_handle(op.ports, &port);
    event_mask((uint16_t)port);
    SHARED_INFO->evtchn_pending[port / 64] &= ~(1UL << port % 64);
    do /* other events may end it early, but not again and again */
        CHECK(HYPERVISOR_sched_op(SCHEDOP_poll, &op), 0);
    while (clock_now() < until && ++woken < 100);
    CHECK_TRUE(clock_now() >= until);
    event_unmask((uint16_t)port);
    irq_restore(irq);
}

static void poll_pending(struct test_info *t)
{
    bool irq = irq_save();
    evtchn_port_t port = this_cpu()->ipi_port;
    struct sched_poll op = {.nr_ports = 1};

    set_xen_guest_handle(op.ports, &port);
    cpu_kick(this_cpu()->id);
    CHECK(HYPERVISOR_sched_op(SCHEDOP_poll, &op), 0); /* pending already: does not wait */
    irq_restore(irq);
}

static void poll_refused(struct test_info *t)
{
    bool irq = irq_save();
    evtchn_port_t port = 0x10000000;
    struct sched_poll many = {.nr_ports = 129}, bad = {.nr_ports = 1};

    set_xen_guest_handle(many.ports, &port);
    set_xen_guest_handle(bad.ports, &port);
    CHECK(HYPERVISOR_sched_op(SCHEDOP_poll, &many), ERR(EINVAL));
    CHECK(HYPERVISOR_sched_op(SCHEDOP_poll, &bad), ERR(EINVAL));
    CHECK(HYPERVISOR_sched_op(SCHEDOP_poll, (void *)0x123456000), ERR(EFAULT));
    irq_restore(irq);
}

static void block_pending(struct test_info *t)
{
    bool irq = irq_save();

    cpu_kick(this_cpu()->id);
    CHECK(HYPERVISOR_sched_op(SCHEDOP_block, NULL), 0);
    CHECK_TRUE(irq_enabled()); /* block unmasks */
    irq_disable();
    irq_restore(irq);
}

static void shutdown_bad_pointer(struct test_info *t)
{
    CHECK(HYPERVISOR_sched_op(SCHEDOP_shutdown, (void *)0x123456000), ERR(EFAULT));
}

const struct test sched_tests[] = {
    {"sched.yield", yield},
    {"sched.unknown", unknown},
    {"sched.poll_timeout", poll_timeout},
    {"sched.poll_pending", poll_pending},
    {"sched.poll_refused", poll_refused},
    {"sched.block_pending", block_pending},
    {"sched.shutdown_bad_pointer", shutdown_bad_pointer},
    {0},
};

static void is_up(struct test_info *t)
{
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_is_up, 0, NULL), 1);
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_is_up, cpu_count - 1, NULL), 1);
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_is_up, 1000, NULL), ERR(ENOENT));
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_up, 1000, NULL), ERR(ENOENT));
}

static void initialise_again(struct test_info *t)
{
    static struct vcpu_guest_context c;

    c.user_regs.cs = SEL_CODE;
    c.user_regs.ss = SEL_DATA;
    c.kernel_ss = SEL_DATA;
    c.flags = VGCF_IN_KERNEL;
    c.ctrlreg[3] = pfn_to_mfn(kernel_root.kernel_pfn) << PAGE_SHIFT;
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_initialise, 0, &c), ERR(EEXIST));
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_initialise, 0, (void *)0x123456000), ERR(EFAULT));
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_up, 0, NULL), 0);
}

static void runstate(struct test_info *t)
{
    struct vcpu_runstate_info a, b;
    bool irq = irq_save();

    CHECK(HYPERVISOR_vcpu_op(VCPUOP_get_runstate_info, this_cpu()->id, &a), 0);
    CHECK(a.state, RUNSTATE_running);
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_get_runstate_info, this_cpu()->id, &b), 0);
    CHECK_TRUE(b.time[RUNSTATE_running] >= a.time[RUNSTATE_running]);
    CHECK_TRUE(a.time[RUNSTATE_running] > 0);
    irq_restore(irq);
}

static void runstate_area(struct test_info *t)
{
    static struct vcpu_runstate_info area;
    struct vcpu_register_runstate_memory_area op = {.addr.v = &area};
    bool irq = irq_save();
    unsigned id = this_cpu()->id;

    CHECK(HYPERVISOR_vcpu_op(VCPUOP_register_runstate_memory_area, id, &op), 0);
    HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
    CHECK_TRUE(area.time[RUNSTATE_running] > 0);
    op.addr.v = NULL;
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_register_runstate_memory_area, id, &op), 0);
    irq_restore(irq);
}

static void vcpu_info_again(struct test_info *t)
{
    struct vcpu_register_vcpu_info op = {.mfn = address_to_mfn(test_window)};

    CHECK(HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, 0, &op), ERR(EINVAL));
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_info, 1000, &op), ERR(ENOENT));
}

static void time_area(struct test_info *t)
{
    static struct vcpu_time_info area;
    struct vcpu_register_time_memory_area op = {.addr.v = &area};

    bool irq = irq_save();
    unsigned id = this_cpu()->id;

    CHECK(HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_time_memory_area, id, &op), 0);
    CHECK_NOT(area.tsc_to_system_mul, 0);
    op.addr.v = NULL;
    CHECK(HYPERVISOR_vcpu_op(VCPUOP_register_vcpu_time_memory_area, id, &op), 0);
    irq_restore(irq);
}

static void vcpu_unknown(struct test_info *t)
{
    CHECK(HYPERVISOR_vcpu_op(999, 0, NULL), ERR(ENOSYS));
}

static void secondary_runs(struct test_info *t)
{
    uint64_t before, until = clock_now() + 2000000000;
    unsigned other;

    if (cpu_count < 2)
        return;
    other = 1 - (current()->cpu & 1);
    before = __atomic_load_n(&cpus[other].upcalls, __ATOMIC_SEQ_CST);
    cpu_kick(other);
    while (__atomic_load_n(&cpus[other].upcalls, __ATOMIC_SEQ_CST) == before && clock_now() < until)
        process_yield();
    CHECK_NOT(cpus[other].upcalls, before);
}

const struct test vcpu_tests[] = {
    {"vcpu.is_up", is_up},
    {"vcpu.initialise_again", initialise_again},
    {"vcpu.runstate", runstate},
    {"vcpu.runstate_area", runstate_area},
    {"vcpu.vcpu_info_again", vcpu_info_again},
    {"vcpu.time_area", time_area},
    {"vcpu.unknown", vcpu_unknown},
    {"vcpu.secondary_runs", secondary_runs},
    {0},
};
