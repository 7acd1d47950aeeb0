/* SPDX-License-Identifier: MIT */
/*
 * Giving the pcpu away, and ending the domain: sched_op(SCHEDOP_*, argument).
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_SCHED_H__
#define __XEN_PUBLIC_SCHED_H__

#include "event_channel.h"

/* Let others run; the vcpu stays runnable. No argument. */
#define SCHEDOP_yield           0
/* Unmask events and sleep until one is pending, in one step. No argument. */
#define SCHEDOP_block           1
/* End or suspend the domain: struct sched_shutdown. Returns only for a suspend. */
#define SCHEDOP_shutdown        2
/* Sleep until one of some ports is pending, or a time: struct sched_poll. */
#define SCHEDOP_poll            3
/* As shutdown, for another domain: struct sched_remote_shutdown. */
#define SCHEDOP_remote_shutdown 4
/* Say why this domain is about to go down, without going down: struct sched_shutdown. */
#define SCHEDOP_shutdown_code   5
/* Set up, poke or remove a watchdog: struct sched_watchdog. */
#define SCHEDOP_watchdog        6
/* Domain 0: bind the calling vcpu to a pcpu: struct sched_pin_override. */
#define SCHEDOP_pin_override    7

struct sched_shutdown {
    unsigned int reason;                    /* IN: SHUTDOWN_* */
};
typedef struct sched_shutdown sched_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_shutdown_t);

/* Call it with events masked. Ports are looked at as pending bits only, masked or not. */
struct sched_poll {
    XEN_GUEST_HANDLE(evtchn_port_t) ports;  /* IN: array */
    unsigned int nr_ports;                  /* IN: up to 128 */
    uint64_t timeout;                       /* IN: absolute ns, 0 for none */
};
typedef struct sched_poll sched_poll_t;
DEFINE_XEN_GUEST_HANDLE(sched_poll_t);

struct sched_remote_shutdown {
    domid_t domain_id;                      /* IN */
    unsigned int reason;                    /* IN: SHUTDOWN_* */
};
typedef struct sched_remote_shutdown sched_remote_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_remote_shutdown_t);

/* id 0 asks for a new watchdog, whose id (1 and up) is returned. Timeout 0 removes it. When one
 * runs out the domain is shut down with SHUTDOWN_watchdog. */
struct sched_watchdog {
    uint32_t id;                            /* IN */
    uint32_t timeout;                       /* IN: seconds from now */
};
typedef struct sched_watchdog sched_watchdog_t;
DEFINE_XEN_GUEST_HANDLE(sched_watchdog_t);

struct sched_pin_override {
    int32_t pcpu;                           /* IN: negative takes the binding back */
};
typedef struct sched_pin_override sched_pin_override_t;
DEFINE_XEN_GUEST_HANDLE(sched_pin_override_t);

/* Reasons: off; start again; saved; failed; watchdog ran out; start again but keep the domain. */
#define SHUTDOWN_poweroff   0
#define SHUTDOWN_reboot     1
#define SHUTDOWN_suspend    2
#define SHUTDOWN_crash      3
#define SHUTDOWN_watchdog   4
#define SHUTDOWN_soft_reset 5
#define SHUTDOWN_MAX        5   /* the largest of them */

#endif
