/* SPDX-License-Identifier: MIT
 * The kernel's own words on the console, and the last ones. */
#ifndef LIB_PRINT_H
#define LIB_PRINT_H

#include <stdarg.h>
#include <stdint.h>

__attribute__((format(printf, 1, 2))) void print(const char *fmt, ...);
__attribute__((format(printf, 1, 2), noreturn)) void panic(const char *fmt, ...);

/* Return addresses from a chain of frame pointers, innermost first. */
void print_backtrace(uint64_t rip, uint64_t rbp);

#define ensure(cond)                                                                               \
    do {                                                                                           \
        if (!(cond))                                                                               \
            panic("%s:%d: %s", __FILE__, __LINE__, #cond);                                         \
    } while (0)

#endif
