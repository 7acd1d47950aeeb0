/* SPDX-License-Identifier: MIT */
/* The input is a guest's module: found, parsed and loaded, every source byte read. */
#include "elf_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest_image image;
    struct boot_error err = { "" };
    const void *elf;
    size_t elf_size;

    if (guest_image_open(data, size, &elf, &elf_size, &err) == 0 &&
        elf_parse(elf, elf_size, &image, &err) == 0)
        elf_require_sane(&image, elf);
    else
        elf_require(err.text[0]);
    return 0;
}
