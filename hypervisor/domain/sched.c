/* SPDX-License-Identifier: MIT */
/*
 * The scheduler (see sched.h for how it is used). Invariants, all under sched_lock:
 *   - a vcpu is in the run queue only if it is runnable, and at most once;
 *   - cpus[c].running == v implies v->sched.cpu == c; a vcpu in the queue may still be held by the pcpu it leaves,
 *     and is then passed over by others until sched_release;
 *   - whenever a vcpu that nobody holds is queued, some pcpu has need_resched or a slice that ends.
 */
#include "domain/sched.h"
#include "domain/domain.h"
#include "domain/trace.h"
#include "domain/vcpu.h"
#include "machine/clock.h"
#include "machine/pcpu.h"

/* A vcpu that wakes this much behind a running one takes its place at once. */
#define PREEMPT_NS 1000000ul

static spinlock_t sched_lock;
static struct list run_queue = {&run_queue, &run_queue}; /* by vtime, least first */
static uint64_t queue_vtime;       /* no less than any vtime that was ever picked; only grows */
static struct {
    struct vcpu *running;          /* NULL: idle */
    uint64_t since;                /* when it was last charged */
} cpus[PCPU_MAX];

void sched_init_vcpu(struct vcpu *v)
{
    list_init(&v->sched.link);
    v->sched.cpu = SCHED_NO_CPU;
    v->sched.runstate.state = RUNSTATE_offline;
    v->sched.runstate.state_entry_time = clock_now_ns();
}

static bool sched_runnable(const struct vcpu *v)
{
    return !v->sched.blocked && v->up && v->domain->state == DOMAIN_RUNNING;
}

static void set_runstate(struct vcpu *v, int state, uint64_t now)
{
    struct vcpu_runstate_info *r = &v->sched.runstate;

    if (r->state == state)
        return;
    if (unlikely(v->domain->trace))
        trace_runstate(v, (uint32_t)r->state, (uint32_t)state);
    r->time[r->state] += now - r->state_entry_time;
    r->state = state;
    r->state_entry_time = now;
}

static int idle_runstate(const struct vcpu *v)
{
    return v->sched.blocked ? RUNSTATE_blocked : RUNSTATE_offline;
}

/* now may be before since: another pcpu's clock, or ours read before a wait for the lock. */
static void charge(uint32_t cpu, uint64_t now)
{
    struct vcpu *v = cpus[cpu].running;

    if (now <= cpus[cpu].since)
        return;
    v->sched.vtime += (now - cpus[cpu].since) * SCHED_WEIGHT / v->domain->weight;
    cpus[cpu].since = now;
}

/* Where virtual time stands: charges all who run, so that one who ran alone for long is not taken for idle. */
static uint64_t virtual_now(uint64_t now)
{
    uint64_t least = UINT64_MAX;

    for (uint32_t c = 0; c < pcpu_count; c++) {
        if (!cpus[c].running)
            continue;
        charge(c, now);
        least = min(least, cpus[c].running->sched.vtime);
    }
    if (least != UINT64_MAX)
        queue_vtime = max(queue_vtime, least);
    return queue_vtime;
}

static void enqueue(struct vcpu *v)
{
    struct vcpu_sched *other;
    struct list *at = &run_queue;

    /* From the end: the one that just ran is usually furthest ahead. */
    while (at->prev != &run_queue) {
        other = list_entry(at->prev, struct vcpu_sched, link);
        if (other->vtime <= v->sched.vtime)
            break;
        at = at->prev;
    }
    list_add_tail(at, &v->sched.link);
}

/* Tells pcpu c, which may be this one, to go through sched_pick. */
static void resched(uint32_t c)
{
    if (!__atomic_exchange_n(&pcpu_of(c)->need_resched, true, __ATOMIC_SEQ_CST) && c != this_cpu()->id)
        pcpu_kick(c);
}

/* v was queued and can be picked by anyone: find a pcpu that should look. */
static void find_pcpu_for(const struct vcpu *v)
{
    uint64_t now = clock_now_ns();
    uint32_t last = SCHED_NO_CPU;

    for (uint32_t c = 0; c < pcpu_count; c++) {
        if (!cpus[c].running) {
            if (pcpu_of(c)->need_resched)
                continue;
            resched(c);
            return;
        }
        charge(c, now);
        if (last == SCHED_NO_CPU || cpus[c].running->sched.vtime > cpus[last].running->sched.vtime)
            last = c;
    }
    if (last == SCHED_NO_CPU)
        return;
    /* A pcpu without an end of slice has had no competitor so far: now it has. */
    if (cpus[last].running->sched.vtime > v->sched.vtime + PREEMPT_NS || !pcpu_of(last)->slice_end)
        resched(last);
}

void sched_wake(struct vcpu *v)
{
    uint64_t now, vnow;
    uint32_t cpu;
    SPIN_GUARD(&sched_lock);

    cpu = v->sched.cpu;
    v->sched.blocked = false;
    if (v->sched.poll_port) {
        v->sched.poll_port = 0;
        __atomic_fetch_and(&v->domain->evtchn.poll_mask, ~(1u << v->id), __ATOMIC_SEQ_CST);
    }
    if (!sched_runnable(v) || list_linked(&v->sched.link) || (cpu != SCHED_NO_CPU && cpus[cpu].running == v))
        return;
    now = clock_now_ns();
    vnow = virtual_now(now);
    v->sched.vtime = max(v->sched.vtime, vnow > SCHED_SLICE_NS ? vnow - SCHED_SLICE_NS : 0);
    set_runstate(v, RUNSTATE_runnable, now);
    enqueue(v);
    if (cpu == SCHED_NO_CPU)
        find_pcpu_for(v);
}

bool sched_block_current(void)
{
    struct vcpu *v = current;

    /* Blocked first, then the look: whoever sets pending in between finds us blocked and wakes us. */
    __atomic_store_n(&v->sched.blocked, true, __ATOMIC_SEQ_CST);
    if (vcpu_upcall_due(v)) {
        sched_wake(v);
        return false;
    }
    this_cpu()->need_resched = true;
    return true;
}

void sched_yield_current(void)
{
    if (list_empty(&run_queue))
        return;
    current->sched.yielded = true;
    this_cpu()->need_resched = true;
}

void sched_sleep(struct vcpu *v)
{
    uint32_t cpu;
    SPIN_GUARD(&sched_lock);

    if (list_linked(&v->sched.link)) {
        list_del(&v->sched.link);
        set_runstate(v, idle_runstate(v), clock_now_ns());
    }
    cpu = v->sched.cpu;
    if (cpu != SCHED_NO_CPU && cpus[cpu].running == v)
        resched(cpu);
}

bool sched_is_off(const struct vcpu *v)
{
    return __atomic_load_n(&v->sched.cpu, __ATOMIC_ACQUIRE) == SCHED_NO_CPU;
}

/* Takes what runs here off: charged, and queued again if it still wants to run. */
static void put_back(uint32_t cpu, uint64_t now)
{
    struct vcpu *v = cpus[cpu].running;
    struct vcpu_sched *last;

    charge(cpu, now);
    if (sched_runnable(v)) {
        /* Who yields stands behind everyone who waits now. */
        if (v->sched.yielded && !list_empty(&run_queue)) {
            last = list_entry(run_queue.prev, struct vcpu_sched, link);
            v->sched.vtime = max(v->sched.vtime, last->vtime);
        }
        enqueue(v);
    }
    v->sched.yielded = false;
}

static struct vcpu *take_next(uint32_t cpu)
{
    struct vcpu_sched *s;

    list_for_each(s, &run_queue, link) {
        if (s->cpu == SCHED_NO_CPU || s->cpu == cpu) {
            list_del(&s->link);
            return container_of(s, struct vcpu, sched);
        }
    }
    return NULL;
}

struct vcpu *sched_pick(void)
{
    struct pcpu *pcpu = this_cpu();
    uint32_t cpu = pcpu->id;
    struct vcpu *prev, *next;
    uint64_t now = clock_now_ns();

    spin_lock(&sched_lock);
    pcpu->need_resched = false;
    prev = cpus[cpu].running;
    if (prev)
        put_back(cpu, now);
    next = take_next(cpu);
    cpus[cpu].running = next;
    cpus[cpu].since = now;
    pcpu->slice_end = next && (!list_empty(&run_queue) || domain_dying) ? now + SCHED_SLICE_NS : 0;
    if (next) {
        next->sched.cpu = cpu;
        queue_vtime = max(queue_vtime, next->sched.vtime);
    }
    if (next != prev) {
        if (prev)
            set_runstate(prev, sched_runnable(prev) ? RUNSTATE_runnable : idle_runstate(prev), now);
        if (next)
            set_runstate(next, RUNSTATE_running, now);
    }
    spin_unlock(&sched_lock);

    if (pcpu->slice_end)
        timer_arm(pcpu->slice_end);
    return next;
}

void sched_release(struct vcpu *v)
{
    SPIN_GUARD(&sched_lock);

    __atomic_store_n(&v->sched.cpu, SCHED_NO_CPU, __ATOMIC_RELEASE);
    if (list_linked(&v->sched.link))
        find_pcpu_for(v);
}

void sched_kick(struct vcpu *v)
{
    uint32_t cpu = v->sched.cpu;

    /* If it leaves that pcpu meanwhile it will look when it comes back. */
    if (cpu == SCHED_NO_CPU)
        return;
    pcpu_of(cpu)->attention = true;
    if (cpu != this_cpu()->id)
        pcpu_kick(cpu);
}

void sched_runstate(struct vcpu *v, struct vcpu_runstate_info *info)
{
    SPIN_GUARD(&sched_lock);

    *info = v->sched.runstate;
    info->time[info->state] += clock_now_ns() - info->state_entry_time;
}
