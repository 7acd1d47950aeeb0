/* SPDX-License-Identifier: MIT
 * yes [word]: again and again, until nobody reads. */
#include "user.h"

int main(int argc, char **argv)
{
    while (printf("%s\n", argc > 1 ? argv[1] : "y") > 0)
        ;
    return 1;
}
