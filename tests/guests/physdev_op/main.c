/* SPDX-License-Identifier: MIT */
/* physdev_op as far as any guest uses it: the I/O privilege level and bitmap. */
#include "guest.h"

static long set_iopl(uint32_t level)
{
    struct physdev_set_iopl iopl = {.iopl = level};

    return hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl);
}

void test_main(void)
{
    struct physdev_set_iobitmap bitmap = {.nr_ports = 0};
    static uint8_t bits[8192];

    expect("set_iopl 1", set_iopl(1), 0);
    expect("set_iopl 0", set_iopl(0), 0);
    expect("set_iopl 3", set_iopl(3), 0);
    expect("set_iopl 4", set_iopl(4), -XEN_EINVAL);
    set_xen_guest_handle(bitmap.bitmap, bits);
    bitmap.nr_ports = 65536;
    expect("a bitmap of all ports", hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), 0);
    bitmap.nr_ports = 65537;
    expect("of more than all", hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), -XEN_EINVAL);
    bitmap.nr_ports = 8;
    set_xen_guest_handle(bitmap.bitmap, (uint8_t *)HYPERVISOR_TEXT);
    expect("inside the hypervisor", hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), -XEN_EINVAL);
    set_xen_guest_handle(bitmap.bitmap, bits);
    bitmap.nr_ports = 0;
    expect("none", hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), 0);
    expect("set_iopl at a bad pointer", hypercall(physdev_op, PHYSDEVOP_set_iopl, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("set_iobitmap at a bad pointer", hypercall(physdev_op, PHYSDEVOP_set_iobitmap, UNMAPPED), -XEN_EFAULT);
    expect("an unknown sub-op", hypercall(physdev_op, 777, &bitmap), -XEN_ENOSYS);
}
