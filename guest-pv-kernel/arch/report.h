/* SPDX-License-Identifier: MIT
 * What user programs may ask about the hypervisor's side of things. */
#ifndef ARCH_REPORT_H
#define ARCH_REPORT_H

#include "process/abi.h"

long report_event(uint32_t port, struct event_info *info); /* 0, or an error when there is none */

#endif
