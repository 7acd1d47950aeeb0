/* SPDX-License-Identifier: MIT
 * reboot: the domain starts again, if whoever runs it lets it. */
#include "user.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    CALL(power, POWER_REBOOT, 0, 0);
    return 1;
}
