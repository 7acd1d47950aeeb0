/* SPDX-License-Identifier: MIT */
/*
 * Timers of vcpus: one sorted ring and one lock per pcpu. A timer's link is in the ring of timer.cpu exactly while
 * its deadline is not 0; both change only under that ring's lock. The rings are short (a handful of timers per vcpu
 * that was last active here), so inserting walks from the front.
 */
#include "domain/timer.h"
#include "domain/domain.h"
#include "domain/sched.h"
#include "domain/vcpu.h"
#include "machine/apic.h"
#include "machine/clock.h"
#include "machine/pcpu.h"
#include <xen/sched.h>

static struct timer_queue {
    spinlock_t lock;
    struct list ring;
} queues[PCPU_MAX];

void timer_init_cpu(void)
{
    list_init(&queues[this_cpu()->id].ring);
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

static struct vcpu *timer_vcpu(struct timer *t)
{
    return container_of(t - t->kind, struct vcpu, timers.timer[0]);
}

/* Takes t out of whatever ring it is in, and leaves that ring's lock held. */
static struct timer_queue *take_out(struct timer *t)
{
    for (;;) {
        struct timer_queue *q = &queues[t->cpu];

        spin_lock(&q->lock);
        if (q == &queues[t->cpu]) {
            if (t->deadline)
                list_del(&t->link);
            t->deadline = 0;
            return q;
        }
        spin_unlock(&q->lock);
    }
}

static void insert(struct timer_queue *q, struct timer *t)
{
    struct timer *other;

    list_for_each(other, &q->ring, link) {
        if (other->deadline > t->deadline)
            break;
    }
    list_add_tail(&other->link, &t->link); /* before it, or at the end */
}

/* Under the ring's lock; t is out of the ring. */
static void fire(struct timer *t, struct timer_queue *q, uint64_t now)
{
    struct vcpu *v = timer_vcpu(t);

    switch ((enum timer_kind)t->kind) {
    case TIMER_PERIODIC:
        if (v->timers.period) {
            v->timers.last_tick = now;
            t->deadline = now + v->timers.period;
            insert(q, t);
        }
        evtchn_send_virq(v, VIRQ_TIMER);
        break;
    case TIMER_SINGLESHOT:
        evtchn_send_virq(v, VIRQ_TIMER);
        break;
    case TIMER_POLL:
        if (v->sched.poll_port)
            sched_wake(v);
        break;
    case TIMER_WATCHDOG_0:
    case TIMER_WATCHDOG_1:
        domain_shutdown(v->domain, SHUTDOWN_watchdog);
        break;
    case TIMER_KINDS:
        break;
    }
}

void timer_set(struct vcpu *v, enum timer_kind kind, uint64_t deadline)
{
    struct timer *t = &v->timers.timer[kind];
    struct timer_queue *mine = &queues[this_cpu()->id], *q = take_out(t);
    uint64_t now = clock_now_ns();

    /* cpu is changed under the lock of the ring the timer leaves; it is in no ring until it is taken again. */
    if (q != mine) {
        t->cpu = this_cpu()->id;
        spin_unlock(&q->lock);
        q = take_out(t);
    }
    if (deadline <= now) {
        fire(t, q, now);
    } else {
        t->deadline = deadline;
        insert(q, t);
    }
    if (t->deadline && q == mine)
        timer_arm(t->deadline);
    spin_unlock(&q->lock);
}

void timer_cancel(struct vcpu *v, enum timer_kind kind)
{
    struct timer *t = &v->timers.timer[kind];

    spin_unlock(&take_out(t)->lock);
}

void timer_cancel_all(struct vcpu *v)
{
    for (unsigned int i = 0; i < TIMER_KINDS; i++)
        timer_cancel(v, i);
}

bool timer_is_set(const struct vcpu *v, enum timer_kind kind)
{
    return v->timers.timer[kind].deadline != 0;
}

void timer_set_period(struct vcpu *v, uint64_t period)
{
    v->timers.period = period;
    if (!period)
        timer_cancel(v, TIMER_PERIODIC);
    else if (!sched_is_off(v))
        timer_set(v, TIMER_PERIODIC, v->timers.last_tick + period);
}

void timer_run(void)
{
    struct pcpu *pcpu = this_cpu();
    struct timer_queue *q = &queues[pcpu->id];
    uint64_t now = clock_now_ns(), next;
    struct timer *t;

    pcpu->timer_fired = false;
    pcpu->timer_deadline = 0;
    spin_lock(&q->lock);
    while ((t = list_first(&q->ring, struct timer, link)) && t->deadline <= now) {
        list_del(&t->link);
        t->deadline = 0;
        fire(t, q, now);
    }
    next = t ? t->deadline : 0;
    spin_unlock(&q->lock);

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
