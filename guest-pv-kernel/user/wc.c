/* SPDX-License-Identifier: MIT
 * wc [file]: lines, words, bytes. */
#include "user.h"

int main(int argc, char **argv)
{
    uint64_t lines = 0, words = 0, bytes = 0;
    bool in_word = false;
    char buffer[512];
    int fd = argc > 1 ? open(argv[1]) : 0;
    long n;

    if (fd < 0) {
        print_to(2, "wc: %s: %s\n", argv[1], error_text(fd));
        return 1;
    }
    while ((n = read(fd, buffer, sizeof(buffer))) > 0)
        for (long i = 0; i < n; i++, bytes++) {
            bool space = buffer[i] == ' ' || buffer[i] == '\n' || buffer[i] == '\t';

            lines += buffer[i] == '\n';
            words += !space && !in_word;
            in_word = !space;
        }
    printf("%lu %lu %lu\n", lines, words, bytes);
    return 0;
}
