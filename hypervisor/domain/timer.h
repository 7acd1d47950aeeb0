/* SPDX-License-Identifier: MIT */
/*
 * Timers of vcpus. Each is in the sorted queue of the pcpu that set it; the queue's head and the end of the running
 * slice, whichever comes first, is what that pcpu's one-shot hardware timer is set to.
 * Timers fire under their lock (above the console pump's and the scheduler's), so a cancelled timer is over.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"

struct vcpu;

enum timer_kind {
    TIMER_SINGLESHOT, /* set_timer_op and VCPUOP_set_singleshot_timer: VIRQ_TIMER */
    TIMER_PERIODIC,   /* VIRQ_TIMER while the vcpu runs; on until the guest stops it */
    TIMER_POLL,       /* ends SCHEDOP_poll */
    TIMER_WATCHDOG_0, /* SCHEDOP_watchdog, kept by vcpu 0 for the domain */
    TIMER_WATCHDOG_1,
    TIMER_KINDS
};

struct timer {
    struct list link;
    uint64_t deadline;     /* ns of system time */
    uint8_t kind;
};

struct vcpu_timers {
    struct timer timer[TIMER_KINDS];
    uint64_t period;       /* ns, 0: none */
    uint64_t last_tick;    /* a tick that was missed while not running comes when it runs again */
};

#define TIMER_DEFAULT_PERIOD 10000000ul /* 10 ms, as guests of this ABI find it */
#define TIMER_MIN_PERIOD      1000000ul /* shorter ones are refused */

void timer_init_cpu(void);
void timer_init_vcpu(struct vcpu *v);

void timer_set(struct vcpu *v, enum timer_kind kind, uint64_t deadline_ns); /* in the past: fires at once */
void timer_cancel(struct vcpu *v, enum timer_kind kind);
void timer_cancel_all(struct vcpu *v);
bool timer_is_set(const struct vcpu *v, enum timer_kind kind);
void timer_set_period(struct vcpu *v, uint64_t period_ns);                  /* 0 stops it */

void timer_run(void);                    /* exit.c, when this_cpu()->timer_fired */
void timer_arm(uint64_t deadline_ns);    /* have the hardware timer fire then or earlier */

/* Switching: the periodic timer only ticks for a vcpu that runs. */
void timer_sched_in(struct vcpu *v);
void timer_sched_out(struct vcpu *v);
