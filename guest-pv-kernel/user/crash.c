/* SPDX-License-Identifier: MIT
 * crash: the kernel panics, as an example of what that looks like. */
#include "user.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    CALL(power, POWER_CRASH, 0, 0);
    return 1;
}
