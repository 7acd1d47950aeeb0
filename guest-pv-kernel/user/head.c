/* SPDX-License-Identifier: MIT
 * head [-n N] [file]: the first lines. */
#include "user.h"

int main(int argc, char **argv)
{
    uint64_t lines = 10;
    char line[512];
    int at = 1, fd = 0;

    if (argc > 2 && !strcmp(argv[1], "-n")) {
        if (!parse_number(argv[2], &lines))
            return 2;
        at = 3;
    }
    if (at < argc) {
        fd = open(argv[at]);
        if (fd < 0) {
            print_to(2, "head: %s: %s\n", argv[at], error_text(fd));
            return 1;
        }
    }
    while (lines-- && read_line(fd, line, sizeof(line)) >= 0)
        printf("%s\n", line);
    return 0;
}
