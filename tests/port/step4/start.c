/* SPDX-License-Identifier: MIT */
/* What the domain builder left us, kept for the rest of the kernel. */
#include "hypercall.h"
#include "kernel.h"

void start(start_info_t *info);
void kernel_main(void);

start_info_t *start_info;
static char shared_page[PAGE_SIZE] __attribute__((aligned(4096))); /* a place to map it */
shared_info_t *const shared_info = (shared_info_t *)shared_page;

void start(start_info_t *info)
{
    start_info = info;
    boot_root = (uint64_t *)info->pt_base;
    if (hypercall(update_va_mapping, shared_page, info->shared_info | PTE_P | PTE_W, UVMF_INVLPG))
        panic("no shared_info");
    kernel_main();
}
