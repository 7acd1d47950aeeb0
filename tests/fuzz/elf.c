/* SPDX-License-Identifier: MIT */
/* The input is a guest's module: parsed and loaded, every source byte read. */
#include "boot_check.h"
#include "elf_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest_image image;

    err.text[0] = '\0';
    if (boot_try(elf_parse(data, size, &image)) == 0)
        elf_require_sane(&image, data);
    else
        elf_require(err.text[0]);
    return 0;
}
