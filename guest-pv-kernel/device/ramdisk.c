/* SPDX-License-Identifier: MIT
 * Reads a cpio newc archive where the builder put it: 110 bytes of hexadecimal header, the name,
 * the data, both padded to four bytes. Invariant: nothing outside the module is ever looked at. */
#include "device/ramdisk.h"

#include "arch/seam.h"
#include "lib/string.h"

#define HEADER 110
#define FIELD_SIZE 6
#define FIELD_NAME 11

struct entry {
    const char *name, *data;
    size_t size, next;
};

static size_t hex_field(const char *header, unsigned field)
{
    size_t value = 0;

    for (unsigned i = 0; i < 8; i++) {
        char c = header[6 + field * 8 + i];

        value = value * 16 + (size_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return value;
}

static bool entry_at(size_t at, struct entry *e)
{
    const char *base = frame_address(machine.ramdisk_pfn);
    size_t end = machine.ramdisk_bytes, name, data;

    if (!end || at > end || end - at < HEADER || memcmp(base + at, "070701", 6))
        return false;
    name = hex_field(base + at, FIELD_NAME);
    e->size = hex_field(base + at, FIELD_SIZE);
    data = (at + HEADER + name + 3) & ~3UL;
    if (!name || name > end || data > end || e->size > end - data || base[at + HEADER + name - 1])
        return false;
    e->name = base + at + HEADER;
    e->data = base + data;
    e->next = (data + e->size + 3) & ~3UL;
    return strcmp(e->name, "TRAILER!!!") != 0;
}

const char *ramdisk_find(const char *name, size_t *size)
{
    struct entry e;

    for (size_t at = 0; entry_at(at, &e); at = e.next)
        if (!strcmp(e.name, name)) {
            *size = e.size;
            return e.data;
        }
    return NULL;
}

bool ramdisk_nth(unsigned index, const char **name, size_t *size)
{
    struct entry e;

    for (size_t at = 0; entry_at(at, &e); at = e.next)
        if (!index--) {
            *name = e.name;
            *size = e.size;
            return true;
        }
    return false;
}
