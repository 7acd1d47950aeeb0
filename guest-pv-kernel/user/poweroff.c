/* SPDX-License-Identifier: MIT
 * poweroff: end of the domain. */
#include "user.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    CALL(power, POWER_OFF, 0, 0);
    return 1;
}
