/* SPDX-License-Identifier: MIT
 * spin SECONDS: use the processor and never ask the kernel for anything in between. */
#include "user.h"

int main(int argc, char **argv)
{
    uint64_t seconds, until;

    if (argc != 2 || !parse_number(argv[1], &seconds))
        return 2;
    until = time_ns() + seconds * 1000000000;
    while (time_ns() < until)
        for (volatile unsigned i = 0; i < 1000000; i++)
            ;
    return 0;
}
