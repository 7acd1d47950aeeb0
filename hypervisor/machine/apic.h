/* SPDX-License-Identifier: MIT */
/* Local APIC, its one-shot timer, interprocessor interrupts, and the I/O APIC. */
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

/* registers: where the device page is mapped. Calibrates the timer, silences the 8259s. */
void apic_init(volatile void *registers);
uint64_t apic_phys(void); /* of the registers; 0 in x2APIC mode, which is not supported */
void apic_setup(void);    /* on every pcpu */
uint32_t apic_id(void);
void apic_eoi(void);

/* An interprocessor interrupt: a vector, or one of these. */
enum apic_message {
    APIC_NMI = 0x400,
    APIC_INIT = 0x500,
    APIC_STARTUP = 0x600, /* plus the number of the page to start at */
};
void apic_send(uint32_t target, uint32_t what);

/* Interrupt this pcpu at deadline (ns of clock_now_ns()); at once if that has passed; 0: not any more. */
void apic_timer_set(uint64_t deadline);

/* As much I/O APIC as COM1 needs: ISA interrupt 4 goes to this pcpu, all others are masked. */
void ioapic_init(volatile void *registers);
