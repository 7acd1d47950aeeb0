/* SPDX-License-Identifier: MIT */
/* The tables that asm.h's macros fill: expected faults, and the places of STAC and CLAC. */
#include "machine/copy.h"

struct extable_entry {
    int32_t fault, fixup; /* relative to their own addresses */
};

struct smap_site {
    int32_t place; /* relative to its own address */
    uint32_t opcode;
};

extern const struct extable_entry extable_start[], extable_end[];
extern const struct smap_site smap_sites_start[], smap_sites_end[];

static uint64_t address_at(const int32_t *relative)
{
    return (uint64_t)relative + (uint64_t)(int64_t)*relative;
}

uint64_t extable_fixup(uint64_t rip)
{
    for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
        if (address_at(&e->fault) == rip)
            return address_at(&e->fixup);
    }
    return 0;
}

void copy_use_smap(void)
{
    for (const struct smap_site *s = smap_sites_start; s < smap_sites_end; s++) {
        volatile uint8_t *place = (uint8_t *)address_at(&s->place);

        place[0] = 0x0f;
        place[1] = 0x01;
        place[2] = (uint8_t)s->opcode;
    }
}
