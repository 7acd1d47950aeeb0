/* SPDX-License-Identifier: MIT */
/* See power.h. */
#include "machine/power.h"
#include "machine/acpi.h"
#include "machine/insn.h"
#include "machine/printk.h"

#define DEBUG_PORT 0xf4 /* QEMU's isa-debug-exit */

bool power_debug_port, power_no_reboot;

void NORETURN power_off(enum power_reason reason)
{
    console_panic(); /* what is still in the ring goes out before the lights do */
    if (power_debug_port)
        outb(DEBUG_PORT, (uint8_t)reason);
    acpi_enter_s5();
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
