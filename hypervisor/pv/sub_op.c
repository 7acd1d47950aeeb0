/* SPDX-License-Identifier: MIT */
/* The one place where sub-operations' arguments are copied: pv/pv.h. */
#include "pv/pv.h"

long sub_op_call(const struct sub_op *op, struct vcpu *v, uint64_t arg)
{
    uint64_t args[SUB_OP_MAX / sizeof(uint64_t)];
    long rc;

    if (!op->size)
        return op->fn(v, (void *)arg);
    if (!guest_read(args, arg, op->size))
        return refuse(guest_copy_efault_read, arg, op->size);
    rc = op->fn(v, args);
    if (rc == 0 && op->returns && !guest_write(arg, args, op->size))
        return refuse(guest_copy_efault_write, arg, op->size);
    return rc;
}
