/* SPDX-License-Identifier: MIT */
/* What compilers call by themselves, even in a kernel. */
#include "kernel.h"

void *memset(void *to, int byte, size_t n)
{
    for (volatile char *p = to; n--; p++)
        *p = (char)byte;
    return to;
}
