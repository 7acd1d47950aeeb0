/* SPDX-License-Identifier: MIT */
/* Hypercalls through the page that the hypervisor fills, and what it told us at the start. */
#pragma once
#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

extern char hypercall_page[];
extern start_info_t *start_info;
extern shared_info_t *const shared_info; /* from step 4 on */

/* hypercall(sched_op, SCHEDOP_shutdown, &off): arguments that are not given are zero. */
#define hypercall(name, ...) HYPERCALL_PAD(__HYPERVISOR_##name, __VA_ARGS__, 0, 0, 0, 0)
#define HYPERCALL_PAD(number, a, b, c, d, ...) \
    hypercall_4(number, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d))

static inline long hypercall_4(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t rax = (uint64_t)hypercall_page + 32 * number;
    register uint64_t r10 __asm__("r10") = d;

    __asm__ volatile("call *%%rax"
                     : "+a"(rax), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
                     :
                     : "rcx", "r11", "memory");
    return (long)rax;
}
