/* SPDX-License-Identifier: MIT */
/* The I/O APIC, as far as one UART needs it, and the 8259s we silence. All pins are masked until
 * routed. */
#include "machine/apic.h"
#include "machine/insn.h"

static volatile uint32_t *ioapic; /* [0] selects, [4] is the register */

static void ioapic_write(unsigned int reg, uint32_t v)
{
    ioapic[0] = reg;
    ioapic[4] = v;
}

void ioapic_init(volatile void *registers)
{
    unsigned int pins;

    ioapic = registers;
    ioapic[0] = 1;
    pins = (ioapic[4] >> 16 & 0xff) + 1;
    for (unsigned int pin = 0; pin < pins; pin++)
        ioapic_write(0x10 + 2 * pin, 0x10000);
}

void ioapic_route(unsigned int pin, uint8_t vector, uint32_t target, bool level, bool active_low)
{
    ioapic_write(0x11 + 2 * pin, target << 24);
    ioapic_write(0x10 + 2 * pin, vector | (uint32_t)level << 15 | (uint32_t)active_low << 13);
}

void pic_disable(void)
{
    static const struct {
        uint16_t port;
        uint8_t value;
    } steps[] = {
        {0x20, 0x11}, {0xa0, 0x11}, {0x21, 0x20}, {0xa1, 0x28}, {0x21, 4},
        {0xa1, 2},    {0x21, 1},    {0xa1, 1},    {0x21, 0xff}, {0xa1, 0xff},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++)
        outb(steps[i].port, steps[i].value);
}
