/* SPDX-License-Identifier: MIT
 * Tests that run inside the kernel, and probes of privileged instructions; the user programs
 * `selftest` and `sensitive` ask for them one by one. */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include <stdbool.h>

#include "process/abi.h"

/* Test number `index`, only named or run as well; false: there is none. */
bool selftest_run(unsigned index, struct test_info *info, bool run);
bool probe_run(unsigned index, struct probe_info *info);

#endif
