/* SPDX-License-Identifier: MIT */
/* callback_op and set_callbacks: where the hypervisor enters the guest. */
#include "guest.h"

static long reg(unsigned int type, uint64_t address, unsigned int flags)
{
    struct callback_register r = {.type = (uint16_t)type, .flags = (uint16_t)flags, .address = address};

    return hypercall(callback_op, CALLBACKOP_register, &r);
}

static long unreg(unsigned int type)
{
    struct callback_unregister u = {.type = (uint16_t)type};

    return hypercall(callback_op, CALLBACKOP_unregister, &u);
}

void test_main(void)
{
    expect("event", reg(CALLBACKTYPE_event, (uint64_t)event_entry, 0), 0);
    expect("failsafe", reg(CALLBACKTYPE_failsafe, (uint64_t)failsafe_entry, 0), 0);
    expect("failsafe that masks events", reg(CALLBACKTYPE_failsafe, (uint64_t)failsafe_entry, CALLBACKF_mask_events), 0);
    expect("syscall", reg(CALLBACKTYPE_syscall, (uint64_t)syscall_entry, CALLBACKF_mask_events), 0);
    expect("syscall32", reg(CALLBACKTYPE_syscall32, (uint64_t)syscall32_entry, 0), 0);
    expect("sysenter", reg(CALLBACKTYPE_sysenter, (uint64_t)sysenter_entry, 0), 0);
    expect("nmi", reg(CALLBACKTYPE_nmi, (uint64_t)nmi_entry, 0), 0);
    expect("an unknown type", reg(7777, (uint64_t)event_entry, 0), -XEN_ENOSYS);
    expect("a non-canonical address", reg(CALLBACKTYPE_event, NON_CANONICAL, 0), -XEN_EINVAL);
    expect("unregister nmi", unreg(CALLBACKTYPE_nmi), 0);
    expect("unregister event is impossible", unreg(CALLBACKTYPE_event), -XEN_EINVAL);
    expect("unregister failsafe is impossible", unreg(CALLBACKTYPE_failsafe), -XEN_EINVAL);
    expect("unregister syscall is impossible", unreg(CALLBACKTYPE_syscall), -XEN_EINVAL);
    expect("unregister an unknown type", unreg(7777), -XEN_ENOSYS);
    expect("register at a bad pointer", hypercall(callback_op, CALLBACKOP_register, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("unregister at a bad pointer", hypercall(callback_op, CALLBACKOP_unregister, UNMAPPED), -XEN_EFAULT);
    expect("an unknown sub-op", hypercall(callback_op, 77, UNMAPPED), -XEN_ENOSYS);
    expect("set_callbacks", hypercall(set_callbacks, event_entry, failsafe_entry, syscall_entry), 0);
    expect("set_callbacks says nothing of a non-canonical event", hypercall(set_callbacks, NON_CANONICAL, failsafe_entry, 0), 0);
    expect("nor of a non-canonical failsafe", hypercall(set_callbacks, event_entry, NON_CANONICAL, 0), 0);
}
