/* SPDX-License-Identifier: MIT */
/* The input is the boot information block; what is accepted must be sane, also after the check. */
#include "boot_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_info info;
    uint8_t *block = malloc(size + !size);      /* aligned, and ASan knows its end */
    struct boot_view view = { .bytes = block, .size = size };

    memcpy(block, data, size);
    boot_info_init(&info);
    if (boot_try(multiboot2_parse(&view, 0, &info)) == 0) {
        boot_require_sane(&info);
        if (boot_try(boot_info_check(&info, 0x100000, 0x200000)) == 0)
            boot_require_sane(&info);
    }
    free(block);
    return 0;
}
