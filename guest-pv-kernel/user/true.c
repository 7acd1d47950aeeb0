/* SPDX-License-Identifier: MIT
 * true: succeeds. */
#include "user.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    return 0;
}
