/* SPDX-License-Identifier: MIT
 * mem: the domain's memory. */
#include "user.h"

int main(int argc, char **argv)
{
    struct memory_info m;

    (void)argc, (void)argv;
    CALL(memory, &m, 0, 0);
    printf("%8lu KiB in the domain (%lu frames)\n", m.pages * 4, m.pages);
    printf("%8lu KiB kernel image, p2m, first page tables, ramdisk\n", (m.pages - m.managed) * 4);
    printf("%8lu KiB ramdisk\n", m.ramdisk_bytes / 1024);
    printf("%8lu KiB used\n", (m.managed - m.free) * 4);
    printf("%8lu KiB free\n", m.free * 4);
    return 0;
}
