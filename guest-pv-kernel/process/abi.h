/* SPDX-License-Identifier: MIT
 * What user programs and the kernel agree on: the system calls, one line each (number and stub are
 * made from it on both sides), errors, and the records calls fill in. A call's number is in rax,
 * its arguments in rdi rsi rdx r10; the answer in rax, negative for an error. */
#ifndef PROCESS_ABI_H
#define PROCESS_ABI_H

#include <stdint.h>

#define SYSCALLS(X)                                                                                \
    X(exit)       /* (status) */                                                                   \
    X(fork)       /* () -> pid, 0 in the child */                                                  \
    X(exec)       /* (path, argv) */                                                               \
    X(wait)       /* (pid or -1, status *, WAIT_NOBLOCK) -> pid */                                 \
    X(kill)       /* (pid) */                                                                      \
    X(getpid)     /* () */                                                                         \
    X(yield)      /* () */                                                                         \
    X(sleep)      /* (ns) */                                                                       \
    X(sbrk)       /* (bytes) -> old end */                                                         \
    X(open)       /* (path) -> fd */                                                               \
    X(close)      /* (fd) */                                                                       \
    X(read)       /* (fd, buffer, bytes) -> bytes, 0 at the end */                                 \
    X(write)      /* (fd, buffer, bytes) -> bytes */                                               \
    X(pipe)       /* (int fds[2]) */                                                               \
    X(dup)        /* (fd, to or -1) -> fd */                                                       \
    X(list)       /* (index, struct file_info *) */                                                \
    X(terminal)   /* (TERMINAL_RAW or TERMINAL_LINES) */                                           \
    X(group)      /* (pid, group): processes one ctrl-c reaches */                                 \
    X(foreground) /* (group) */                                                                    \
    X(time)       /* (0: ns since boot, 1: seconds since 1970) */                                  \
    X(processes)  /* (struct process_info *, how many) -> count */                                 \
    X(memory)     /* (struct memory_info *) */                                                     \
    X(events)     /* (port, struct event_info *) */                                                \
    X(system)     /* (struct system_info *) */                                                     \
    X(power)      /* (POWER_OFF, POWER_REBOOT or POWER_CRASH) */                                   \
    X(catch)      /* (handler(vector, error, rip, cr2)): own exceptions instead of death */        \
    X(selftest_name) /* (index, struct test_info *): which test that is */                         \
    X(selftest)   /* (index, struct test_info *): run one of the kernel's own tests */             \
    X(probe)      /* (index, struct probe_info *): run one privileged instruction */              \
    X(bench_name) /* (index, struct bench_info *): which measurement that is */                    \
    X(bench)      /* (index, struct bench_info *): measure one operation of the kernel */          \
    X(bounce)     /* (BENCH_BOUNCE_...): shortest handlers for the user's own measurements */

#define SYSCALL_NUMBER(name) SYS_##name,
enum { SYSCALLS(SYSCALL_NUMBER) SYS_COUNT };

#define WAIT_NOBLOCK 1
#define TERMINAL_LINES 0
#define TERMINAL_RAW 1
#define POWER_OFF 0
#define POWER_REBOOT 1
#define POWER_CRASH 2

/* Exit status of a process that an exception (plus vector) or kill ended. */
#define STATUS_EXCEPTION 128
#define STATUS_KILLED 255

enum {
    E_PERM = 1, E_NOENT = 2, E_SRCH = 3, E_2BIG = 7, E_NOEXEC = 8, E_BADF = 9, E_CHILD = 10,
    E_AGAIN = 11, E_NOMEM = 12, E_FAULT = 14, E_INVAL = 22, E_MFILE = 24, E_PIPE = 32, E_NOSYS = 38,
};

struct file_info {
    char name[64];
    uint64_t size;
};

struct process_info {
    int pid, parent, group;
    char state;              /* R running, r ready, s sleeping, z zombie */
    uint8_t cpu;
    uint64_t cpu_ns, pages;
    char name[24];
};

struct memory_info {
    uint64_t pages, managed, free, ramdisk_bytes;
};

struct event_info {
    uint8_t status;          /* as EVTCHNSTAT_ */
    uint8_t vcpu, pending, masked;
    uint32_t detail;         /* virq, remote port or pirq */
};

struct system_info {
    char hypervisor[16];
    unsigned version_major, version_minor, cpus;
    uint8_t domain0;
    char command_line[1024];
    uint64_t upcalls, switches;
};

struct test_info {
    char name[64];
    char why[160];           /* of a failure */
    uint8_t passed;
};

struct probe_info {
    char name[32];
    char result[96];
};

struct bench_info {
    char operation[32], form[16];
    char why[48];            /* samples is 0: why it cannot be measured */
    uint64_t n, samples, min, median; /* ticks of the time-stamp counter */
};

#define BENCH_BOUNCE_OFF 0
#define BENCH_BOUNCE_ON 1
#define BENCH_BOUNCE_ONE_ROOT 2

#endif
