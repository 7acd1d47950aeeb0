/* SPDX-License-Identifier: MIT */
/* vcpu_op: starting, stopping and describing vcpus. (vcpus: 2) */
#include "guest.h"

static volatile uint64_t ran, stop, port_read;
static struct vcpu_guest_context context;

static void second(void)
{
    __asm__ volatile("in $0x80, %%al" : : : "rax"); /* faults without I/O privilege */
    port_read = 1;
    for (;;) {
        ran++;
        if (stop)
            hypercall(vcpu_op, VCPUOP_down, 1, NULL);
        else
            hypercall(sched_op, SCHEDOP_yield);
    }
}

static long op(int command, int vcpu, void *argument) { return hypercall(vcpu_op, command, vcpu, argument); }

void test_main(void)
{
    static struct vcpu_runstate_info runstate page_aligned;
    struct vcpu_register_runstate_memory_area area = {.addr.v = &runstate};
    struct vcpu_runstate_info now;
    struct vcpu_register_vcpu_info info = {0};
    char *page = page_alloc();

    expect("vcpu 0 is up", op(VCPUOP_is_up, 0, NULL), 1);
    expect("vcpu 1 is not", op(VCPUOP_is_up, 1, NULL), 0);
    expect("vcpu 2 does not exist", op(VCPUOP_is_up, 2, NULL), -XEN_ENOENT);
    expect("nor one far beyond", op(VCPUOP_is_up, 99999, NULL), -XEN_ENOENT);
    expect("and it cannot be taken down", op(VCPUOP_down, 2, NULL), -XEN_ENOENT);
    expect("an unknown sub-op", op(77, 0, NULL), -XEN_ENOSYS);
    expect("up before initialise", op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
    expect("initialise from the hypervisor's memory", op(VCPUOP_initialise, 1, (void *)HYPERVISOR_TEXT), -XEN_EFAULT);
    vcpu_context(&context, second, 1);
    context.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(page));
    expect("initialise with a root that is none", op(VCPUOP_initialise, 1, &context), -XEN_EINVAL);
    vcpu_context(&context, second, 1);
    context.event_callback_eip = NON_CANONICAL;
    expect("initialise with a non-canonical callback", op(VCPUOP_initialise, 1, &context), -XEN_EINVAL);
    vcpu_context(&context, second, 1);
    context.flags = 0;
    expect("initialise in user mode without a root for that", op(VCPUOP_initialise, 1, &context), -XEN_EINVAL);
    op(VCPUOP_up, 1, NULL);
    vcpu_context(&context, second, 1);
    context.user_regs.rflags |= 1 << 12;
    expect("initialise", op(VCPUOP_initialise, 1, &context), 0);
    expect("twice", op(VCPUOP_initialise, 1, &context), -XEN_EEXIST);
    expect("up", op(VCPUOP_up, 1, NULL), 0);
    ktap_ok("it runs", wait_for(&ran, 3, 3000));
    ktap_ok("with the I/O privilege its flags asked for", port_read);
    expect("is up", op(VCPUOP_is_up, 1, NULL), 1);
    stop = 1;
    for (uint64_t end = time_ns() + 1000000000; op(VCPUOP_is_up, 1, NULL) == 1 && time_ns() < end;)
        hypercall(sched_op, SCHEDOP_yield);
    expect("it took itself down", op(VCPUOP_is_up, 1, NULL), 0);
    stop = ran = 0;
    expect("up again", op(VCPUOP_up, 1, NULL), 0);
    ktap_ok("continues where it was", wait_for(&ran, 1, 3000));
    expect("down from outside", op(VCPUOP_down, 1, NULL), 0);

    expect("runstate of vcpu 0", op(VCPUOP_get_runstate_info, 0, &now), 0);
    ktap_equal("running", (uint64_t)now.state, RUNSTATE_running);
    ktap_ok("with time", now.time[RUNSTATE_running] > 0 && now.state_entry_time > 0);
    expect("runstate of vcpu 1", op(VCPUOP_get_runstate_info, 1, &now), 0);
    /* It leaves its pcpu soon, not at once: down does not wait for that. */
    for (uint64_t end = time_ns() + 1000000000; now.state == RUNSTATE_running && time_ns() < end;)
        (void)op(VCPUOP_get_runstate_info, 1, &now);
    ktap_equal("offline", (uint64_t)now.state, RUNSTATE_offline);
    expect("runstate to a bad pointer", op(VCPUOP_get_runstate_info, 0, (void *)HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("a runstate area", op(VCPUOP_register_runstate_memory_area, 0, &area), 0);
    ktap_equal("is filled at once", (uint64_t)runstate.state, RUNSTATE_running);
    expect("a runstate area argument at a bad pointer", op(VCPUOP_register_runstate_memory_area, 0, (void *)UNMAPPED), -XEN_EFAULT);
    info.mfn = virt_to_mfn(page);
    info.offset = PAGE_SIZE - 8;
    expect("a vcpu_info that crosses a page", op(VCPUOP_register_vcpu_info, 1, &info), -XEN_ENXIO);
    info.offset = 0;
    info.mfn = mfn_not_ours();
    expect("in a frame that is not ours", op(VCPUOP_register_vcpu_info, 1, &info), -XEN_EINVAL);
    info.mfn = MFN_BEYOND;
    expect("in a frame beyond memory", op(VCPUOP_register_vcpu_info, 1, &info), -XEN_EINVAL);
    info.mfn = virt_to_mfn(page);
    info.offset = 64;
    expect("a vcpu_info of our own", op(VCPUOP_register_vcpu_info, 0, &info), 0);
    struct vcpu_info *mine = (struct vcpu_info *)(page + 64);
    ktap_ok("has the time", mine->time.tsc_to_system_mul != 0);
    ktap_equal("and the mask", mine->evtchn_upcall_mask, 1);
    ktap_equal("everything pending once", mine->evtchn_upcall_pending, 1);
    expect("twice", op(VCPUOP_register_vcpu_info, 0, &info), -XEN_EINVAL);
    expect("at a bad pointer", op(VCPUOP_register_vcpu_info, 1, (void *)HYPERVISOR_TEXT), -XEN_EFAULT);
}
