/* SPDX-License-Identifier: MIT */
/* Where the guest kernel is entered for anything but an exception: set_callbacks, callback_op, nmi_op. */
#include "pv/pv.h"
#include <xen/nmi.h>

/* The oldest form, of three callbacks at once. It always answers 0: an address that is not canonical is left out. */
long hc_set_callbacks(uint64_t event, uint64_t failsafe, uint64_t syscall)
{
    struct vcpu *v = current;
    const uint64_t rip[] = {[CB_EVENT] = event, [CB_FAILSAFE] = failsafe, [CB_SYSCALL] = syscall};

    for (unsigned int i = 0; i < ARRAY_SIZE(rip); i++)
        if (address_canonical(rip[i]))
            v->callback[i].address = rip[i];
    return 0;
}

static bool type_known(uint16_t type)
{
    const unsigned int known = 1u << CB_EVENT | 1u << CB_FAILSAFE | 1u << CB_SYSCALL | 1u << CB_SYSENTER |
                               1u << CB_SYSCALL32 | 1u << CALLBACKTYPE_nmi;

    return type < CB_COUNT && (known >> type & 1);
}

/* Of an NMI the handler is the trap table's, which this is another way to set. 0: none. */
static long set_nmi(struct vcpu *v, uint64_t address)
{
    v->trap[TRAP_NMI] = (struct trap_info){.flags = TRAP_MASKS_EVENTS, .address = address};
    return 0;
}

static long op_register(struct vcpu *v, const struct callback_register *reg)
{
    if (!address_canonical(reg->address))
        return refuse(callback_op_einval_not_canonical, reg->type, reg->address);
    if (!type_known(reg->type))
        return refuse(callback_op_enosys_unknown_type, reg->type);
    if (reg->type == CALLBACKTYPE_nmi)
        return set_nmi(v, reg->address);
    v->callback[reg->type].address = reg->address;
    if (reg->type != CB_EVENT) /* it always masks */
        v->callback[reg->type].flags = reg->flags & CALLBACKF_mask_events ? TRAP_MASKS_EVENTS : 0;
    return 0;
}

static long op_unregister(struct vcpu *v, const struct callback_unregister *which)
{
    if (!type_known(which->type))
        return refuse(callback_op_enosys_unknown_type, which->type);
    if (which->type != CALLBACKTYPE_nmi)
        return refuse(callback_op_einval_cannot_unregister, which->type);
    return set_nmi(v, 0);
}

SUB_OP_HANDLER(callback_op)

static long op_register_callback(struct vcpu *v, const struct xennmi_callback *nmi)
{
    if (!address_canonical(nmi->handler_address))
        return refuse(nmi_op_einval_not_canonical, nmi->handler_address);
    return set_nmi(v, nmi->handler_address);
}

static long op_unregister_callback(struct vcpu *v)
{
    return set_nmi(v, 0);
}

SUB_OP_HANDLER(nmi_op)
