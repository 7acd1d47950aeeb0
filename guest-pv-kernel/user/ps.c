/* SPDX-License-Identifier: MIT
 * ps: the processes; R running, r ready, s sleeping, z waits for its parent. */
#include "user.h"

int main(int argc, char **argv)
{
    static struct process_info p[64];
    long n = CALL(processes, p, 64, 0);

    (void)argc, (void)argv;
    printf("%5s %5s %5s %s %3s %8s %6s  %s\n", "PID", "PPID", "GROUP", "S", "CPU", "TIME ms",
           "PAGES", "NAME");
    for (long i = 0; i < n; i++)
        printf("%5d %5d %5d %c %3u %8lu %6lu  %s\n", p[i].pid, p[i].parent, p[i].group, p[i].state,
               p[i].cpu, p[i].cpu_ns / 1000000, p[i].pages, p[i].name);
    return 0;
}
