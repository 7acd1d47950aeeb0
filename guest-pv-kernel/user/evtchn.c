/* SPDX-License-Identifier: MIT
 * evtchn: the domain's event channels. */
#include "user.h"

static const char *const virqs[] = {"timer", "debug", "console", "dom_exc", "tbuf", "", "debugger",
                                    "xenoprof", "con_ring", "pcpu_state", "mem_event", "argo",
                                    "enomem", "xenpmu"};

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"closed", "unbound", "interdomain", "pirq", "virq", "ipi"};
    struct event_info e;

    (void)argc, (void)argv;
    printf("%5s %-12s %4s %7s %6s  %s\n", "PORT", "KIND", "VCPU", "PENDING", "MASKED", "DETAIL");
    for (unsigned port = 1; port < 4096 && CALL(events, port, &e, 0) == 0; port++) {
        if (!e.status)
            continue;
        printf("%5u %-12s %4u %7u %6u  ", port, e.status < 6 ? kinds[e.status] : "?", e.vcpu,
               e.pending, e.masked);
        if (e.status == 4 && e.detail < sizeof(virqs) / sizeof(virqs[0]))
            printf("%s\n", virqs[e.detail]);
        else if (e.status == 2 || e.status == 3)
            printf("%u\n", e.detail);
        else
            printf("\n");
    }
    return 0;
}
