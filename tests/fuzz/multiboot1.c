/* SPDX-License-Identifier: MIT */
/* The input is physical memory from 0x9000 on; its first four bytes say where the structure is. */
#include "boot_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE 0x9000u

struct memory {
    const uint8_t *data;
    size_t size;
};

static const void *at(void *context, uint64_t address, size_t len)
{
    const struct memory *m = context;

    if (address < BASE || address - BASE > m->size || len > m->size - (address - BASE))
        return NULL;
    return m->data + (address - BASE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_info info;
    struct boot_error err = { "" };
    struct memory memory;
    struct boot_reader reader = { at, &memory };
    uint32_t where;

    if (size < 4)
        return 0;
    memory = (struct memory){ data + 4, size - 4 };
    memcpy(&where, data, 4);
    if (multiboot1_parse(&reader, where, &info, &err) == 0) {
        boot_require_sane(&info);
        if (boot_info_check(&info, 0x100000, 0x200000, &err) == 0)
            boot_require_sane(&info);
    }
    return 0;
}
