/* SPDX-License-Identifier: MIT */
/* See power.h. */
#include "machine/power.h"
#include "machine/acpi.h"
#include "machine/clock.h"
#include "machine/insn.h"
#include "machine/printk.h"

#define DEBUG_PORT 0xf4 /* QEMU's isa-debug-exit */

#define PM1_ACPI_MODE    0x0001
#define PM1_SLEEP_TYPE   0x1c00
#define PM1_SLEEP_ENABLE 0x2000

bool power_debug_port, power_no_reboot;

/* Returns if the machine does not know how. */
static void enter_s5(void)
{
    if (!acpi.s5_known || !acpi.pm1[0])
        return;
    if (!(inw(acpi.pm1[0]) & PM1_ACPI_MODE) && acpi.smi_command && acpi.acpi_enable) {
        outb(acpi.smi_command, acpi.acpi_enable);
        for (unsigned int i = 0; i < 1000 && !(inw(acpi.pm1[0]) & PM1_ACPI_MODE); i++)
            clock_delay_us(100);
    }
    for (unsigned int n = 0; n < 2 && acpi.pm1[n]; n++)
        outw(acpi.pm1[n], (uint16_t)((inw(acpi.pm1[n]) & ~PM1_SLEEP_TYPE) | acpi.s5[n] << 10 | PM1_SLEEP_ENABLE));
    clock_delay_us(500000);
}

void NORETURN power_off(enum power_reason reason)
{
    console_panic(); /* what is still in the ring goes out before the lights do */
    if (power_debug_port)
        outb(DEBUG_PORT, (uint8_t)reason);
    enter_s5();
    printk("the machine can be switched off now");
    halt_forever();
}

void NORETURN power_reset(void)
{
    static const struct table_register no_idt;

    console_panic(); /* what is still in the ring goes out before the lights do */
    if (power_no_reboot)
        halt_forever();
    outb(0xcf9, 2);
    outb(0xcf9, 6);
    outb(0x64, 0xfe);
    for (unsigned int i = 0; i < 1000000; i++)
        pause();
    lidt(&no_idt); /* the last resort: a triple fault, on purpose */
    asm volatile("ud2");
    halt_forever();
}
