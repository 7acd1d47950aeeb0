/* SPDX: MIT */
/* A guest that ends by the first form of sched_op, whose argument is the reason itself. (ends: crash) */
#include "guest.h"

void test_main(void)
{
    ktap_ok("alive", true);
    print("1..1\n");
    hypercall(sched_op_compat, SCHEDOP_shutdown, SHUTDOWN_crash);
}
