/* SPDX-License-Identifier: MIT
 * The whole C library of user programs: system calls, printf, and a little text handling. */
#ifndef USER_H
#define USER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/format.h"
#include "lib/string.h"
#include "process/abi.h"

static inline long syscall(long nr, uint64_t a, uint64_t b, uint64_t c)
{
    long rc;

    __asm__ volatile("syscall"
                     : "=a"(rc)
                     : "0"(nr), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return rc;
}

#define CALL(name, a, b, c) syscall(SYS_##name, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c))

static inline void __attribute__((noreturn)) exit(int status)
{
    for (;;)
        CALL(exit, status, 0, 0);
}

static inline int fork(void) { return (int)CALL(fork, 0, 0, 0); }
static inline int exec(const char *path, char *const *argv)
{
    return (int)CALL(exec, path, argv, 0);
}

static inline int wait(int pid, int *status) { return (int)CALL(wait, pid, status, 0); }
static inline int wait_noblock(int *status) { return (int)CALL(wait, -1, status, WAIT_NOBLOCK); }
static inline int kill(int pid) { return (int)CALL(kill, pid, 0, 0); }
static inline int getpid(void) { return (int)CALL(getpid, 0, 0, 0); }
static inline void yield(void) { CALL(yield, 0, 0, 0); }
static inline void sleep_ns(uint64_t ns) { CALL(sleep, ns, 0, 0); }
static inline void *sbrk(size_t n) { return (void *)CALL(sbrk, n, 0, 0); }
static inline int open(const char *path) { return (int)CALL(open, path, 0, 0); }
static inline int close(int fd) { return (int)CALL(close, fd, 0, 0); }
static inline long read(int fd, void *to, size_t n) { return CALL(read, fd, to, n); }
static inline long write(int fd, const void *from, size_t n) { return CALL(write, fd, from, n); }
static inline int pipe(int fds[2]) { return (int)CALL(pipe, fds, 0, 0); }
static inline int dup_to(int fd, int to) { return (int)CALL(dup, fd, to, 0); }
static inline void terminal(int mode) { CALL(terminal, mode, 0, 0); }
static inline uint64_t time_ns(void) { return (uint64_t)CALL(time, 0, 0, 0); }
static inline uint64_t time_wall(void) { return (uint64_t)CALL(time, 1, 0, 0); }

/* Exceptions as values: catch_run calls fn(arg); if it traps, *c says how and the result is 0. */
struct caught {
    bool trapped;
    uint64_t vector, error, rip, address;
};
uint64_t catch_run(struct caught *c, uint64_t (*fn)(uint64_t), uint64_t arg);

__attribute__((format(printf, 1, 2))) int printf(const char *fmt, ...);
__attribute__((format(printf, 2, 3))) int print_to(int fd, const char *fmt, ...);
const char *error_text(int error);
bool parse_number(const char *s, uint64_t *value); /* decimal or 0x... */
long read_line(int fd, char *to, size_t size);     /* -1 at the end */

int main(int argc, char **argv);

#endif
