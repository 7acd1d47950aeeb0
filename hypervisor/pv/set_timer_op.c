/* SPDX-License-Identifier: MIT */
/* set_timer_op: the calling vcpu's one-shot timer, in absolute system time; 0 stops it. */
#include "machine/clock.h"
#include "pv/pv.h"

#define FAR_NS   (1ul << 50)   /* 13 days */
#define LATER_NS 100000000ul   /* 100 ms */

long hc_set_timer_op(uint64_t until)
{
    if (until == 0) {
        timer_cancel(current, TIMER_SINGLESHOT);
        return 0;
    }
    /* Times from a wrapped clock mean "something is due", others so far off mean "nothing is": serve both. */
    if (unlikely(until >= FAR_NS) && ((int64_t)until < 0 || until >= clock_now_ns() + FAR_NS))
        until = clock_now_ns() + LATER_NS;
    timer_set(current, TIMER_SINGLESHOT, until);
    return 0;
}
