/* SPDX-License-Identifier: MIT */
/* selfcheck=NAME: break one protection on purpose, so that a test can see the panic. */
#pragma once

#include "lib/types.h"

#define SELFCHECK_WORDS "none guard nx ro alias m2p null panic pass"
#define SELFCHECKS      9

/* check: the number of its word. */
void selfcheck_run(uint64_t check);
