/* SPDX-License-Identifier: MIT
 * false: fails. */
#include "user.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 1;
}
