/* SPDX-License-Identifier: MIT */
/* Local APIC (x2APIC where firmware left it on), its one-shot timer, interprocessor interrupts, and
 * the I/O APIC. */
#pragma once

#include "lib/types.h"

/* Interrupt vectors of ours. What lies between 0x20 and these is nobody's: spurious. */
enum vector {
    VECTOR_SERIAL = 0xf0,
    VECTOR_RESCHED = 0xf1,
    VECTOR_FLUSH = 0xf2,
    VECTOR_TIMER = 0xf3,
    VECTOR_SPURIOUS = 0xff,
};

/* registers: where the device page is mapped; unused in x2APIC mode. Calibrates the timer. */
void apic_init(volatile void *registers);
uint64_t apic_phys(void); /* physical address of the registers, 0 in x2APIC mode */
void apic_setup(void);    /* on every pcpu */
uint32_t apic_id(void);
void apic_eoi(void);

void apic_send(uint32_t target, uint8_t vector);
void apic_send_init(uint32_t target);
void apic_send_startup(uint32_t target, uint64_t trampoline);
void apic_send_nmi(uint32_t target);

/* Interrupt this pcpu at deadline (ns of clock_now_ns()); at once if that has passed; 0: not any
 * more. */
void apic_timer_arm(uint64_t deadline);

void ioapic_init(volatile void *registers);
void ioapic_route(unsigned int pin, uint8_t vector, uint32_t target, bool level, bool active_low);

/* The 8259s: out of the way and silent. */
void pic_disable(void);
