/* SPDX-License-Identifier: MIT */
/* The tables that asm.h's macros fill: expected faults, and the places of STAC and CLAC. */
#include "machine/copy.h"
#include "lib/string.h"
#include "machine/asm.h"

struct extable_entry {
    int32_t fault, fixup; /* relative to their own addresses */
};

extern const struct extable_entry extable_start[], extable_end[];
extern const int32_t smap_sites_start[], smap_sites_end[]; /* relative, too */

uint64_t extable_fixup(uint64_t rip)
{
    for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
        if (address_at(&e->fault) == rip)
            return address_at(&e->fixup);
    }
    return 0;
}

void copy_without_smap(void)
{
    static const uint8_t nop[3] = {0x0f, 0x1f, 0x00};

    for (const int32_t *site = smap_sites_start; site < smap_sites_end; site++)
        memcpy((void *)address_at(site), nop, sizeof(nop));
}
