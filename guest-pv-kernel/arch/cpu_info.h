/* SPDX-License-Identifier: MIT
 * The part of struct cpu that the machine itself writes: on this one, what the hypervisor shares with
 * a vcpu (event mask and pending byte, cr2, time). On bare metal it would be empty. */
#ifndef ARCH_CPU_INFO_H
#define ARCH_CPU_INFO_H

#include <xen/xen.h>

typedef struct vcpu_info cpu_info;

#endif
