/* SPDX-License-Identifier: MIT */
/* Makes a domain of a boot module: memory, image, first page tables, start_info, and vcpu 0 at its entry. */
#pragma once

#include "boot/options.h"
#include <xen/xen.h>

/* The domain is left paused (domain_unpause starts it). What cannot be ends in boot_stop(). */
void domain_build(const struct domain_options *options, domid_t id);
