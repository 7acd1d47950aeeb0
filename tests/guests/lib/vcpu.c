/* SPDX-License-Identifier: MIT */
/* Event channels as counters, time, and other vcpus. */
#include "guest.h"

void vcpu_start_c(void);
extern char vcpu_entry[];

static void (*vcpu_code)(void);
static char vcpu_stacks[4][2 * PAGE_SIZE] page_aligned;

void events_install(void)
{
    memset(shared_info->evtchn_mask, 0, sizeof(shared_info->evtchn_mask));
}

void events_disable(void)
{
    vcpu0()->evtchn_upcall_mask = 1;
    __asm__ volatile("" : : : "memory");
}

void events_enable(void)
{
    vcpu0()->evtchn_upcall_mask = 0;
    __asm__ volatile("" : : : "memory");
    if (vcpu0()->evtchn_upcall_pending)
        hypercall(xen_version, XENVER_version);
}

uint64_t time_ns(void)
{
    volatile struct vcpu_time_info *time = &vcpu0()->time;
    uint32_t version;
    uint64_t now;

    do {
        uint32_t low, high;
        uint64_t delta;

        version = time->version;
        __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
        delta = ((uint64_t)high << 32 | low) - time->tsc_timestamp;
        delta = time->tsc_shift < 0 ? delta >> -time->tsc_shift : delta << time->tsc_shift;
        now = time->system_time + (uint64_t)((unsigned __int128)delta * time->tsc_to_system_mul >> 32);
    } while ((version & 1) || version != time->version);
    return now;
}

bool wait_for(volatile uint64_t *word, uint64_t value, uint64_t milliseconds)
{
    uint64_t end = time_ns() + milliseconds * 1000000;

    while (*word < value && time_ns() < end)
        hypercall(sched_op, SCHEDOP_yield);
    return *word >= value;
}

bool event_wait(unsigned int port, uint64_t at_least, uint64_t milliseconds)
{
    bool came;

    events_enable();
    came = wait_for(&events_seen[port], at_least, milliseconds);
    events_disable();
    return came;
}

void vcpu_start_c(void)
{
    vcpu_code();
    for (;;)
        hypercall(sched_op, SCHEDOP_block);
}

void vcpu_context(struct vcpu_guest_context *context, void (*code)(void), unsigned int stack)
{
    uint64_t top = (uint64_t)&vcpu_stacks[stack + 1];

    memset(context, 0, sizeof(*context));
    vcpu_code = code;
    context->flags = VGCF_in_kernel;
    context->user_regs.rip = (uint64_t)vcpu_entry;
    context->user_regs.rsp = top;
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = FLAT_KERNEL_SS;
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = top;
    for (unsigned int i = 0; i < 256; i++)
        context->trap_ctxt[i] = (struct trap_info){.vector = (uint8_t)i, .cs = FLAT_KERNEL_CS,
                                                   .address = TRAP_STUB(i)};
    context->event_callback_eip = (uint64_t)event_entry;
    context->failsafe_callback_eip = (uint64_t)failsafe_entry;
    context->ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(boot_root()));
}

long vcpu_start(unsigned int vcpu, void (*code)(void))
{
    static struct vcpu_guest_context context;
    long rc;

    vcpu_context(&context, code, vcpu % 4);
    rc = hypercall(vcpu_op, VCPUOP_initialise, vcpu, &context);
    return rc ? rc : hypercall(vcpu_op, VCPUOP_up, vcpu, NULL);
}
