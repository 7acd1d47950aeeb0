/* SPDX-License-Identifier: MIT */
/*
 * physdev_op as far as a guest without devices needs it: its kernel's I/O privilege. No port is really reachable;
 * with the privilege, accesses read all ones and writes vanish (pv/emulate_io.c).
 */
#include "pv/pv.h"
#include <xen/physdev.h>

static long op_set_iopl(struct vcpu *v, const struct physdev_set_iopl *op)
{
    if (op->iopl > 3)
        return refuse(physdev_op_einval_iopl, op->iopl);
    v->iopl = (uint8_t)op->iopl;
    return 0;
}

static long op_set_iobitmap(struct vcpu *v, const struct physdev_set_iobitmap *op)
{
    if (op->nr_ports > 65536)
        return refuse(physdev_op_einval_iobitmap_ports, op->nr_ports);
    if (!guest_range_ok((uint64_t)op->bitmap.p, op->nr_ports / 8))
        return refuse(physdev_op_einval_iobitmap_address, (uint64_t)op->bitmap.p);
    v->iobmp = (uint64_t)op->bitmap.p;
    v->iobmp_ports = op->nr_ports;
    return 0;
}

SUB_OP_HANDLER(physdev_op)

/* The form of before 2005: what is asked for stands before its structure. */
long hc_physdev_op_compat(uint64_t op)
{
    uint32_t cmd;

    if (!guest_read(&cmd, op, sizeof(cmd)))
        return refuse(guest_copy_efault_read, op, sizeof(cmd));
    return hc_physdev_op(cmd, op + offsetof(struct physdev_op, u));
}
