/* SPDX-License-Identifier: MIT */
/* The input is physical memory from 0x9000 on; its first four bytes say where the structure is. */
#include "boot_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE 0x9000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_info info;
    struct boot_view view;
    uint32_t where;

    if (size < 4)
        return 0;
    view = (struct boot_view){ .bytes = data + 4, .start = BASE, .size = size - 4 };
    memcpy(&where, data, 4);
    boot_info_init(&info);
    if (boot_try(multiboot1_parse(&view, where, &info)) == 0) {
        boot_require_sane(&info);
        if (boot_try(boot_info_check(&info, 0x100000, 0x200000)) == 0)
            boot_require_sane(&info);
    }
    return 0;
}
