/* SPDX-License-Identifier: MIT
 * I/O ports and the I/O privilege level, which is the hypervisor's to give. */
#include "selftest/test.h"

#include <xen/physdev.h>

static long set_iopl(unsigned level)
{
    struct physdev_set_iopl op = {.iopl = level};

    return HYPERVISOR_physdev_op(PHYSDEVOP_set_iopl, &op);
}

static uint64_t in_byte(uint64_t port)
{
    uint8_t value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(port));
    return value;
}

static uint64_t out_byte(uint64_t port)
{
    __asm__ volatile("outb %%al, %w0" ::"d"(port), "a"(0));
    return 1;
}

/* Port 0xed is a delay port: harmless whoever may reach it. */
static void level_zero(struct test_info *t)
{
    struct expect e;
    bool irq = irq_save();

    CHECK(set_iopl(0), 0);
    expect_run(&e, in_byte, 0xed);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 13);
    expect_run(&e, out_byte, 0xed);
    CHECK_TRUE(e.trapped);
    irq_restore(irq);
}

static void level_one(struct test_info *t)
{
    struct expect e;
    bool irq = irq_save();

    CHECK(set_iopl(1), 0);
    expect_run(&e, in_byte, 0xed);
    CHECK(e.trapped, 0);
    expect_run(&e, out_byte, 0xed);
    CHECK(e.trapped, 0);
    CHECK(set_iopl(0), 0);
    irq_restore(irq);
}

static void bitmap(struct test_info *t)
{
    static uint8_t bits[8192];
    struct physdev_set_iobitmap op = {.nr_ports = 65536};
    struct expect e;
    bool irq = irq_save();

    memset(bits, 0xff, sizeof(bits));
    bits[0xed / 8] &= (uint8_t)~(1 << 0xed % 8); /* 0: allowed */
    set_xen_guest_handle(op.bitmap, bits);
    CHECK(HYPERVISOR_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
    expect_run(&e, in_byte, 0xee);
    CHECK_TRUE(e.trapped);
    op.nr_ports = 0;
    CHECK(HYPERVISOR_physdev_op(PHYSDEVOP_set_iobitmap, &op), 0);
    irq_restore(irq);
}

static void refused(struct test_info *t)
{
    static uint8_t bits[16];
    struct physdev_set_iobitmap op = {.nr_ports = 70000};
    uint64_t arg[8] = {0};

    set_xen_guest_handle(op.bitmap, bits);
    CHECK(set_iopl(4), ERR(EINVAL));
    CHECK(HYPERVISOR_physdev_op(PHYSDEVOP_set_iobitmap, &op), ERR(EINVAL));
    CHECK(HYPERVISOR_physdev_op(999, arg), ERR(ENOSYS));
}

const struct test io_tests[] = {
    {"io.level_zero", level_zero},
    {"io.level_one", level_one},
    {"io.bitmap", bitmap},
    {"io.refused", refused},
    {0},
};
