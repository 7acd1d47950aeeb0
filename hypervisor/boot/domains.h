/* SPDX-License-Identifier: MIT */
/* The boot modules as domains: all are built before the first one runs. */
#pragma once

#include "boot/boot_info.h"

/* 0, or -1 with err filled: then none has been started. */
int domains_start(const struct boot_info *info, bool explain, struct boot_error *err);
