/* SPDX-License-Identifier: MIT */
/* A hundred interrupts a second: the PC's interval timer, through its interrupt controller. */
#include "kernel.h"
#include "port.h"

volatile uint64_t ticks;

void timer_init(void)
{
    port_out(0x20, 0x11); /* controller: initialise, first vector, cascade, mode */
    port_out(0x21, TIMER);
    port_out(0x21, 4);
    port_out(0x21, 1);
    port_out(0x21, 0xfe); /* all masked but the timer */
    port_out(0x43, 0x34); /* timer: counter 0, rate generator, 1193182 Hz / 11932 */
    port_out(0x40, 11932 & 0xff);
    port_out(0x40, 11932 >> 8);
}

void timer_interrupt(void)
{
    ticks++;
    port_out(0x20, 0x20); /* end of interrupt */
}

/* Sleep until so many ticks have passed since boot. */
void timer_wait(uint64_t until)
{
    for (;;) {
        __asm__ volatile("cli" : : : "memory");
        if (ticks >= until)
            break;
        __asm__ volatile("sti; hlt" : : : "memory");
    }
}
