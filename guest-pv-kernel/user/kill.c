/* SPDX-License-Identifier: MIT
 * kill PID...: end processes. */
#include "user.h"

int main(int argc, char **argv)
{
    int status = 0;

    for (int i = 1; i < argc; i++) {
        uint64_t pid;
        int rc = parse_number(argv[i], &pid) ? kill((int)pid) : -E_SRCH;

        if (rc) {
            print_to(2, "kill: %s: %s\n", argv[i], error_text(rc));
            status = 1;
        }
    }
    return status;
}
