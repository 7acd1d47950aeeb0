/* SPDX-License-Identifier: MIT */
/* Where the guest kernel is entered for anything but an exception: set_callbacks, callback_op, nmi_op. */
#include <abi/hypercall_prototypes.h>
#include "lib/types.h"
#include <xen/callback.h>
#include <xen/nmi.h>
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "machine/pcpu.h"
#include "pv/address.h"

/* The oldest form, of three callbacks at once. It always answers 0: an address that is not canonical is left out. */
long hc_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall)
{
    struct vcpu *v = current;
    const uint64_t rip[] = {[CB_EVENT] = event, [CB_FAILSAFE] = failsafe, [CB_SYSCALL] = syscall};

    for (unsigned int i = 0; i < ARRAY_SIZE(rip); i++)
        if (address_canonical(rip[i]))
            v->callback[i].rip = rip[i];
    return 0;
}

static int callback_of_type(uint16_t type)
{
    switch (type) {
    case CALLBACKTYPE_event:
        return CB_EVENT;
    case CALLBACKTYPE_failsafe:
        return CB_FAILSAFE;
    case CALLBACKTYPE_syscall:
        return CB_SYSCALL;
    case CALLBACKTYPE_syscall32:
        return CB_SYSCALL32;
    case CALLBACKTYPE_sysenter:
        return CB_SYSENTER;
    case CALLBACKTYPE_nmi:
        return CB_NMI;
    default:
        return -1;
    }
}

static long register_callback(struct vcpu *v, uint64_t arg)
{
    struct callback_register reg;

    if (!guest_read(&reg, arg, sizeof(reg)))
        return refuse(guest_copy_efault_read, arg, sizeof(reg));
    if (!address_canonical(reg.address))
        return refuse(callback_op_einval_not_canonical, reg.type, reg.address);
    int which = callback_of_type(reg.type);
    if (which < 0)
        return refuse(callback_op_enosys_unknown_type, reg.type);
    v->callback[which].rip = reg.address;
    if (which != CB_EVENT && which != CB_NMI) /* these two always mask */
        v->callback[which].mask_events = reg.flags & CALLBACKF_mask_events;
    return 0;
}

static long unregister_callback(struct vcpu *v, uint64_t arg)
{
    struct callback_unregister unreg;

    if (!guest_read(&unreg, arg, sizeof(unreg)))
        return refuse(guest_copy_efault_read, arg, sizeof(unreg));
    if (callback_of_type(unreg.type) < 0)
        return refuse(callback_op_enosys_unknown_type, unreg.type);
    if (unreg.type != CALLBACKTYPE_nmi)
        return refuse(callback_op_einval_cannot_unregister, unreg.type);
    v->callback[CB_NMI].rip = 0;
    return 0;
}

long hc_callback_op(uint64_t cmd, uint64_t arg)
{
    switch ((uint32_t)cmd) {
    case CALLBACKOP_register:
        return register_callback(current, arg);
    case CALLBACKOP_unregister:
        return unregister_callback(current, arg);
    default:
        return refuse(callback_op_enosys_unknown_op, (uint32_t)cmd);
    }
}

long hc_nmi_op(uint64_t cmd, uint64_t arg)
{
    struct xennmi_callback cb;

    switch ((uint32_t)cmd) {
    case XENNMI_register_callback:
        if (!guest_read(&cb, arg, sizeof(cb)))
            return refuse(guest_copy_efault_read, arg, sizeof(cb));
        if (!address_canonical(cb.handler_address))
            return refuse(nmi_op_einval_not_canonical, cb.handler_address);
        current->callback[CB_NMI].rip = cb.handler_address;
        return 0;
    case XENNMI_unregister_callback:
        current->callback[CB_NMI].rip = 0;
        return 0;
    default:
        return refuse(nmi_op_enosys_unknown_op, (uint32_t)cmd);
    }
}
