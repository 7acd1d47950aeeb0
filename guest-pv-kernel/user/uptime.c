/* SPDX-License-Identifier: MIT
 * uptime: how long, since when, and how busy. */
#include "user.h"

/* Days since 1970 to a date of the Gregorian calendar, counted in years that begin in March. */
static void date(uint64_t days, unsigned *y, unsigned *m, unsigned *d)
{
    uint64_t n = days + 719468, era = n / 146097, doe = n % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

    *d = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
    *m = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    *y = (unsigned)(yoe + era * 400 + (*m <= 2));
}

int main(int argc, char **argv)
{
    static struct system_info s;
    uint64_t up = time_ns(), now = time_wall();
    unsigned y, m, d;

    (void)argc, (void)argv;
    CALL(system, &s, 0, 0);
    date(now / 86400, &y, &m, &d);
    printf("%u-%02u-%02u %02lu:%02lu:%02lu UTC, up %lu.%02lu s\n", y, m, d, now / 3600 % 24,
           now / 60 % 60, now % 60, up / 1000000000, up / 10000000 % 100);
    printf("%s %u.%u, %u vcpu%s, %lu upcalls, %lu switches\n", s.hypervisor, s.version_major,
           s.version_minor, s.cpus, s.cpus == 1 ? "" : "s", s.upcalls, s.switches);
    return 0;
}
