/* SPDX-License-Identifier: MIT */
/* The boot story, in order. */
#include "machine/insn.h"
#include "machine/printk.h"
#include "machine/serial.h"

void NORETURN boot_main(uint32_t magic, uint32_t info);
void spin_poll(void) { pause(); }

void NORETURN boot_main(uint32_t magic, uint32_t info)
{
    serial_init();
    printk("Paravane: loaded with %x %x", magic, info);
    halt_forever();
}
