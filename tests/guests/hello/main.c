/* SPDX-License-Identifier: MIT */
/* The smallest guest: it runs, it prints, it powers off. */
#include "guest.h"

void test_main(void)
{
    print("hello from %s, %lu pages\n", start_info->magic, start_info->nr_pages);
    ktap_ok("a guest runs and prints", true);
}
