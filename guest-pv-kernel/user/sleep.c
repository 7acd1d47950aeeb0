/* SPDX-License-Identifier: MIT
 * sleep SECONDS, or with ms after the number, milliseconds. */
#include "user.h"

int main(int argc, char **argv)
{
    uint64_t n, unit = 1000000000;
    size_t length = argc > 1 ? strlen(argv[1]) : 0;

    if (length > 2 && !strcmp(argv[1] + length - 2, "ms")) {
        argv[1][length - 2] = 0;
        unit = 1000000;
    }
    if (argc != 2 || !parse_number(argv[1], &n)) {
        print_to(2, "usage: sleep SECONDS | sleep NUMBERms\n");
        return 2;
    }
    sleep_ns(n * unit);
    return 0;
}
