/* SPDX-License-Identifier: MIT */
/*
 * Timers of vcpus: a sorted ring per pcpu, and one lock for all, as what is done under it is short. A timer is in the
 * ring of the pcpu that set it, and not set while it is in none. The rings are short, too (a handful of timers per
 * vcpu that was last active here), so inserting walks from the front.
 */
#include "domain/timer.h"
#include "domain/domain.h"
#include "domain/sched.h"
#include "domain/vcpu.h"
#include "machine/apic.h"
#include "machine/clock.h"
#include "machine/pcpu.h"
#include <xen/sched.h>

static spinlock_t timer_lock;
static struct list queues[PCPU_MAX];

void timer_init_cpu(void)
{
    list_init(&queues[this_cpu()->id]);
}

void timer_init_vcpu(struct vcpu *v)
{
    for (unsigned int i = 0; i < TIMER_KINDS; i++) {
        list_init(&v->timers.timer[i].link);
        v->timers.timer[i].kind = (uint8_t)i;
    }
    v->timers.period = TIMER_DEFAULT_PERIOD;
    v->timers.last_tick = clock_now_ns();
}

static void insert(struct timer *t, uint64_t deadline)
{
    struct timer *other;

    t->deadline = deadline;
    list_for_each(other, &queues[this_cpu()->id], link) {
        if (other->deadline > deadline)
            break;
    }
    list_add_tail(&other->link, &t->link); /* before it, or at the end */
    timer_arm(deadline);
}

/* Under the lock; t is in no ring. */
static void fire(struct timer *t, uint64_t now)
{
    struct vcpu *v = container_of(t - t->kind, struct vcpu, timers.timer[0]);

    switch (t->kind) {
    case TIMER_PERIODIC:
        if (v->timers.period) {
            v->timers.last_tick = now;
            insert(t, now + v->timers.period);
        }
        __attribute__((fallthrough));
    case TIMER_SINGLESHOT:
        evtchn_send_virq(v, VIRQ_TIMER);
        break;
    case TIMER_POLL:
        if (v->sched.poll_port)
            sched_wake(v);
        break;
    default:
        domain_shutdown(v->domain, SHUTDOWN_watchdog);
    }
}

void timer_set(struct vcpu *v, enum timer_kind kind, uint64_t deadline)
{
    struct timer *t = &v->timers.timer[kind];
    uint64_t now = clock_now_ns();
    SPIN_GUARD(&timer_lock);

    list_del(&t->link);
    if (deadline <= now)
        fire(t, now);
    else
        insert(t, deadline);
}

void timer_cancel(struct vcpu *v, enum timer_kind kind)
{
    SPIN_GUARD(&timer_lock);

    list_del(&v->timers.timer[kind].link);
}

void timer_cancel_all(struct vcpu *v)
{
    for (unsigned int i = 0; i < TIMER_KINDS; i++)
        timer_cancel(v, i);
}

bool timer_is_set(const struct vcpu *v, enum timer_kind kind)
{
    return list_linked(&v->timers.timer[kind].link);
}

void timer_set_period(struct vcpu *v, uint64_t period)
{
    timer_sched_out(v);
    v->timers.period = period;
    if (!sched_is_off(v))
        timer_sched_in(v);
}

void timer_run(void)
{
    struct pcpu *pcpu = this_cpu();
    uint64_t now = clock_now_ns(), next;
    struct timer *t;
    SPIN_GUARD(&timer_lock);

    pcpu->timer_fired = false;
    pcpu->timer_deadline = 0;
    while ((t = list_first(&queues[pcpu->id], struct timer, link)) && t->deadline <= now) {
        list_del(&t->link);
        fire(t, now);
    }
    next = t ? t->deadline : 0;
    if (pcpu->slice_end && pcpu->slice_end <= now) {
        pcpu->slice_end = 0;
        pcpu->need_resched = true;
    } else if (pcpu->slice_end && (!next || pcpu->slice_end < next)) {
        next = pcpu->slice_end;
    }
    if (next)
        timer_arm(next);
}

void timer_arm(uint64_t deadline)
{
    struct pcpu *pcpu = this_cpu();

    /* An earlier one that is no longer wanted comes for nothing and sets the next: cheaper than setting both ways. */
    if (pcpu->timer_deadline && pcpu->timer_deadline <= deadline)
        return;
    pcpu->timer_deadline = max(deadline, 1ul);
    apic_timer_set(pcpu->timer_deadline);
}

void timer_sched_in(struct vcpu *v)
{
    if (v->timers.period)
        timer_set(v, TIMER_PERIODIC, v->timers.last_tick + v->timers.period);
}

void timer_sched_out(struct vcpu *v)
{
    if (v->timers.period)
        timer_cancel(v, TIMER_PERIODIC);
}
