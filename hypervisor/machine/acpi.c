/* SPDX-License-Identifier: MIT */
/*
 * See acpi.h. Tables are read where the firmware put them; each is checked (length, checksum) before a byte of it is
 * used, and a bad one is skipped.
 */
#include "machine/acpi.h"
#include "lib/string.h"
#include "machine/layout.h"

#define TABLE_MAX MIB(1)

struct acpi_table {
    char signature[4];
    uint32_t length;
    uint8_t revision, checksum;
    char oem[26];
} PACKED;

struct rsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t rest[4];
} PACKED;

struct acpi_facts acpi;

static const void *low_memory(uint64_t phys, size_t len)
{
    return phys && phys < BOOT_MAP_SIZE && len <= BOOT_MAP_SIZE - phys ? (const void *)(DIRECT_MAP_BASE + phys) : NULL;
}

static bool sum_is_zero(const void *p, size_t n)
{
    uint8_t sum = 0;

    while (n--)
        sum = (uint8_t)(sum + ((const uint8_t *)p)[n]);
    return sum == 0;
}

/* A field of a table, wherever it lies; zero beyond the table's end. */
static uint64_t field(const struct acpi_table *t, uint32_t offset, size_t size)
{
    uint64_t v = 0;

    if (offset + size <= t->length)
        memcpy(&v, (const char *)t + offset, size);
    return v;
}

static const struct acpi_table *table_at(uint64_t phys)
{
    const struct acpi_table *t = low_memory(phys, sizeof(*t));
    bool good = t && t->length >= sizeof(*t) && t->length <= TABLE_MAX && low_memory(phys, t->length);

    return good && sum_is_zero(t, t->length) ? t : NULL;
}

static void read_madt(const struct acpi_table *t)
{
    uint32_t length;

    for (uint32_t at = 44; (length = (uint32_t)field(t, at + 1, 1)) >= 2; at += length) {
        uint64_t type = field(t, at, 1);

        if (type == 0 && field(t, at + 4, 4) & 1 && acpi.pcpus < PCPU_MAX) /* not an empty socket */
            acpi.apic_ids[acpi.pcpus++] = (uint32_t)field(t, at + 3, 1);
        if (type == 1 && field(t, at + 8, 4) == 0) /* the one of the ISA interrupts */
            acpi.ioapic = field(t, at + 4, 4);
    }
}

/* \_S5 is a package of small integers in the byte code; finding the name is finding the object. */
static void find_s5(const struct acpi_table *t)
{
    const uint8_t *code = (const uint8_t *)t;
    for (uint32_t i = sizeof(*t); i + 11 <= t->length && !acpi.s5_known; i++) {
        uint32_t at = i + 4;

        if (memcmp(code + i, "_S5_", 4) || code[at] != 0x12)
            continue;
        at += 2 + (code[at + 1] >> 6) + 1; /* package, length, number of elements */
        for (unsigned int n = 0; n < 2; n++) {
            if (field(t, at, 1) == 0x0a)
                at++;
            acpi.s5[n] = (uint8_t)field(t, at++, 1);
        }
        acpi.s5_known = true;
    }
}

static void read_fadt(const struct acpi_table *t)
{
    const struct acpi_table *dsdt = table_at(field(t, 140, 8) ? field(t, 140, 8) : field(t, 40, 4));

    acpi.smi_command = (uint16_t)field(t, 48, 4);
    acpi.acpi_enable = (uint8_t)field(t, 52, 1);
    acpi.pm1[0] = (uint16_t)field(t, 64, 4);
    acpi.pm1[1] = (uint16_t)field(t, 68, 4);
    acpi.pm_timer = (uint16_t)field(t, 76, 4);
    if (dsdt)
        find_s5(dsdt);
}

static bool rsdp_valid(const struct rsdp *r)
{
    return !memcmp(r->signature, "RSD PTR ", 8) && sum_is_zero(r, 20);
}

/* In the BIOS or its extended data area, wherever between 512 KiB and 1 MiB these are. */
static const struct rsdp *find_rsdp(void)
{
    for (uint64_t at = 0x80000; at < 0x100000; at += 16) {
        const struct rsdp *r = low_memory(at, sizeof(*r));

        if (rsdp_valid(r))
            return r;
    }
    return NULL;
}

void acpi_init(const void *rsdp)
{
    const struct rsdp *r = rsdp && rsdp_valid(rsdp) ? rsdp : find_rsdp();
    const struct acpi_table *root = r && r->revision >= 2 ? table_at(r->xsdt) : NULL;
    unsigned int width = root ? 8 : 4;

    if (r && !root)
        root = table_at(r->rsdt);
    for (uint32_t at = sizeof(*root); root && at + width <= root->length; at += width) {
        const struct acpi_table *t = table_at(field(root, at, width));

        if (t && !memcmp(t->signature, "APIC", 4))
            read_madt(t);
        else if (t && !memcmp(t->signature, "FACP", 4))
            read_fadt(t);
    }
}
