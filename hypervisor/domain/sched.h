/* SPDX-License-Identifier: MIT */
/*
 * Which vcpu runs where. One run queue for all pcpus, ordered by virtual time: time that a vcpu ran, scaled by its
 * domain's weight. The vcpu that is furthest behind runs next, so none starves; one that wakes is put at most one
 * slice behind the others, so it runs soon but cannot save up time.
 *
 * A vcpu has no hypervisor stack. Blocking only sets state; exit.c sees need_resched and does
 *     next = sched_pick(); if (next != current) { save current; sched_release(current); load next; }
 * Between sched_pick and sched_release the old vcpu's registers are still in the pcpu and nobody else may run it.
 */
#pragma once

#include "lib/types.h"
#include "lib/list.h"
#include <xen/xen.h>
#include <xen/vcpu.h>

#define SCHED_SLICE_NS  5000000ul
#define SCHED_NO_CPU    ~0u
#define SCHED_WEIGHT    256 /* normal */

struct domain;
struct vcpu;

struct vcpu_sched {
    struct list link;           /* in the run queue while runnable and not running */
    volatile bool blocked;      /* waits for an event */
    bool yielded;
    volatile uint32_t cpu;      /* the pcpu that holds its registers, or SCHED_NO_CPU */
    struct vcpu_runstate_info runstate; /* as the ABI shows it; times up to when the state was entered */
    uint64_t vtime;
    int32_t poll_port;          /* SCHEDOP_poll: the one port waited for, -1: several or none; 0: does not poll */
};

void sched_init_vcpu(struct vcpu *v);

/* Any pcpu, any time: the event v waited for has come, or v's domain has begun to run, or v is up. */
void sched_wake(struct vcpu *v);

/* The current vcpu: wait for an event (returns false, not blocked, if one is already there); give way. */
bool sched_block_current(void);
void sched_yield_current(void);

/* Makes v leave its pcpu soon: it has gone down, or its domain does not run any more. Does not wait. */
void sched_sleep(struct vcpu *v);
bool sched_is_off(const struct vcpu *v);  /* its registers are all in struct vcpu and nobody runs it */

/* exit.c only: the vcpu this pcpu runs next, NULL: idle. Clears need_resched, sets slice_end. */
struct vcpu *sched_pick(void);
void sched_release(struct vcpu *v);       /* after a switch: v's registers are saved now */

void sched_kick(struct vcpu *v);          /* the pcpu that runs v, if any, has something to deliver to it */

/* Runstate as the ABI wants it, with the running state's time up to now. */
void sched_runstate(struct vcpu *v, struct vcpu_runstate_info *info);
