/* SPDX-License-Identifier: MIT */
/* The facts we need of ACPI: pcpus and I/O APIC (MADT), timer and switching off (FADT, \_S5). */
#pragma once

#include "lib/types.h"
#include "machine/pcpu.h"

struct acpi_facts {
    uint32_t apic_ids[PCPU_MAX];  /* of usable pcpus, in the firmware's order */
    uint32_t pcpus;               /* how many */
    uint64_t ioapic;              /* physical; of the one that has the ISA interrupts, 0: none */
    uint16_t pm_timer;   /* I/O port, 0: none */
    uint16_t pm1[2];     /* control ports a and b, 0: none */
    uint16_t smi_command;
    uint8_t acpi_enable;
    bool s5_known;
    uint8_t s5[2]; /* SLP_TYP values of \_S5, for each port */
};

extern struct acpi_facts acpi;

/*
 * To be called while head.S's map of low memory is there, which is where all firmware puts its tables. rsdp: as the boot
 * loader gave it, NULL: look in the BIOS's area. What no sound table tells stays 0.
 */
void acpi_init(const void *rsdp);
