/* SPDX-License-Identifier: MIT */
/* What the domain builder left us, kept for the rest of the kernel. */
#include "hypercall.h"
#include "kernel.h"

void start(start_info_t *info);
void kernel_main(void);

start_info_t *start_info;

void start(start_info_t *info)
{
    start_info = info;
    boot_root = (uint64_t *)info->pt_base;
    kernel_main();
}
