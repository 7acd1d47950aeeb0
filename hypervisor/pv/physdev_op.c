/* SPDX-License-Identifier: MIT */
/*
 * physdev_op as far as a guest without devices needs it: its kernel's I/O privilege. No port is really reachable;
 * with the privilege, accesses read all ones and writes vanish (pv/emulate_io.c).
 */
#include <abi/hypercall_prototypes.h>
#include "lib/types.h"
#include <xen/physdev.h>
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "machine/pcpu.h"

long hc_physdev_op(uint64_t cmd, uint64_t arg)
{
    struct vcpu *v = current;

    switch ((uint32_t)cmd) {
    case PHYSDEVOP_set_iopl: {
        struct physdev_set_iopl op;
        if (!guest_read(&op, arg, sizeof(op)))
            return refuse(guest_copy_efault_read, arg, sizeof(op));
        if (op.iopl > 3)
            return refuse(physdev_op_einval_iopl, op.iopl);
        v->iopl = (uint8_t)op.iopl;
        return 0;
    }
    case PHYSDEVOP_set_iobitmap: {
        struct physdev_set_iobitmap op;
        if (!guest_read(&op, arg, sizeof(op)))
            return refuse(guest_copy_efault_read, arg, sizeof(op));
        if (op.nr_ports > 65536)
            return refuse(physdev_op_einval_iobitmap_ports, op.nr_ports);
        v->iobmp = (uint64_t)op.bitmap.p;
        v->iobmp_ports = op.nr_ports;
        return 0;
    }
    default:
        return refuse(physdev_op_enosys_unknown_op, (uint32_t)cmd);
    }
}
