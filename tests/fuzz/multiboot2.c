/* SPDX-License-Identifier: MIT */
/* The input is the boot information block; what is accepted must be sane, also after the check. */
#include "boot_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_info info;
    struct boot_error err = { "" };
    uint8_t *block = malloc(size + !size);      /* aligned, and ASan knows its end */

    memcpy(block, data, size);
    if (multiboot2_parse(block, size, &info, &err) == 0) {
        boot_require_sane(&info);
        if (boot_info_check(&info, 0x100000, 0x200000, &err) == 0)
            boot_require_sane(&info);
    }
    free(block);
    return 0;
}
