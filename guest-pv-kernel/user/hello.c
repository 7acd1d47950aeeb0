/* SPDX-License-Identifier: MIT
 * hello: the smallest program that shows something of its own. */
#include "user.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    printf("hello from user mode, process %d\n", getpid());
    return 0;
}
