/* SPDX-License-Identifier: MIT
 * Tests that need user mode. */
#ifndef USERTESTS_H
#define USERTESTS_H

#include <stdbool.h>

struct user_test {
    const char *name;
    bool (*run)(void);
};

extern const struct user_test user_tests[]; /* ended by a NULL name */

#endif
