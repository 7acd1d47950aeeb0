/* SPDX-License-Identifier: MIT
 * Who runs. One table, one lock, round robin; a slice of 10 ms that a one-shot timer ends.
 * Invariant: process_lock is held across a switch: the one that goes takes it, the one that comes
 * gives it back, so nobody can run a process whose stack is still in use. */
#include "lib/print.h"
#include "lib/string.h"
#include "process/process.h"

struct process processes[MAX_PROCESSES];
struct spinlock process_lock;

static struct process idle_threads[MAX_CPUS];
static uint64_t timer_set[MAX_CPUS]; /* when this cpu's timer will fire; 0: it will not */

void stack_swap(uint64_t *save, uint64_t load);
void thread_begin(void);

void schedule_setup_cpu(void)
{
    struct cpu *c = this_cpu();
    struct process *p = &idle_threads[c->id];

    p->state = RUNNING;
    p->cpu = (uint8_t)c->id;
    string_copy(p->name, "idle", sizeof(p->name));
    p->stack = (char *)(((uint64_t)__builtin_frame_address(0)) & ~(STACK_SIZE - 1UL));
    c->idle = c->current = p;
}

/* The next ready process after the current one in the table. */
static struct process *schedule_pick(struct process *after)
{
    unsigned start = after >= processes && after < processes + MAX_PROCESSES
                         ? (unsigned)(after - processes) + 1
                         : 0;

    for (unsigned i = 0; i < MAX_PROCESSES; i++) {
        struct process *p = &processes[(start + i) % MAX_PROCESSES];

        if (p->state == READY)
            return p;
    }
    return after->state == RUNNING ? after : this_cpu()->idle;
}

/* Wakes whose time has come; returns the earliest time that is still to come. */
static uint64_t schedule_wake_due(uint64_t now)
{
    uint64_t earliest = 0;

    for (unsigned i = 0; i < MAX_PROCESSES; i++) {
        struct process *p = &processes[i];

        if (p->state != SLEEPING || !p->wake_at)
            continue;
        if (p->wake_at <= now)
            schedule_ready(p);
        else if (!earliest || p->wake_at < earliest)
            earliest = p->wake_at;
    }
    return earliest;
}

static void schedule_timer(const struct process *next, uint64_t now, uint64_t earliest)
{
    uint64_t *set = &timer_set[this_cpu()->id];
    uint64_t want = earliest;

    if (next != this_cpu()->idle && (!want || now + SLICE_NS < want))
        want = now + SLICE_NS;
    if (want && (!*set || want < *set)) {
        *set = want;
        clock_set_timer(want);
    }
}

void schedule(void)
{
    struct cpu *c = this_cpu();
    struct process *prev = c->current, *next;
    uint64_t now = clock_now(), earliest = schedule_wake_due(now);

    next = schedule_pick(prev);
    c->need_resched = false;
    schedule_timer(next, now, earliest);
    next->state = RUNNING;
    if (next == prev)
        return;
    prev->cpu_ns += now - prev->ran_from;
    next->ran_from = now;
    next->cpu = (uint8_t)c->id;
    c->current = next;
    c->switches++;
    if (prev->has_space)
        fpu_save(prev->fpu);
    root_switch(next->has_space ? &next->space.root : &kernel_root,
                (uint64_t)next->stack + STACK_SIZE);
    if (next->has_space)
        fpu_restore(next->fpu);
    stack_swap(&prev->saved_sp, next->saved_sp);
}

/* First C of every new thread, on its own stack. */
void thread_begin(void)
{
    spin_unlock(&process_lock, !current()->has_space);
}

void schedule_ready(struct process *p)
{
    struct cpu *me = this_cpu();

    p->state = READY;
    p->wake_at = 0;
    if (me->current == me->idle) {
        me->need_resched = true;
        return;
    }
    for (unsigned i = 0; i < MAX_CPUS; i++)
        if (cpus[i].online && cpus[i].idle && cpus[i].current == cpus[i].idle) {
            cpu_kick(i);
            return;
        }
}

void schedule_idle(void)
{
    irq_disable();
    for (;;) {
        spin_lock(&process_lock);
        schedule();
        spin_unlock(&process_lock, false);
        cpu_idle();
    }
}

void process_yield(void)
{
    bool irq = spin_lock(&process_lock);

    current()->state = READY;
    schedule();
    spin_unlock(&process_lock, irq);
}

void process_sleep(const void *reason, struct spinlock *lock, uint64_t wake_at)
{
    struct process *p = current();
    bool irq = spin_lock(&process_lock);

    if (lock)
        spin_unlock(lock, false);
    p->waits_for = reason;
    p->wake_at = wake_at;
    p->state = SLEEPING;
    schedule();
    p->waits_for = NULL;
    p->wake_at = 0;
    spin_unlock(&process_lock, irq);
    if (lock)
        spin_lock(lock);
}

void process_wake(const void *reason)
{
    bool irq = spin_lock(&process_lock);

    for (unsigned i = 0; i < MAX_PROCESSES; i++)
        if (processes[i].state == SLEEPING && processes[i].waits_for == reason)
            schedule_ready(&processes[i]);
    spin_unlock(&process_lock, irq);
}

void kernel_timer(void)
{
    struct cpu *c = this_cpu();

    timer_set[c->id] = 0;
    c->need_resched = true;
}

/* Interrupts are off. A context that had them off itself may hold a lock and is never switched. */
void kernel_leave(struct regs *r)
{
    struct cpu *c = this_cpu();
    struct process *p = c->current;

    if (!p || !(r->rflags & 0x200))
        return;
    if (c->need_resched) {
        spin_lock(&process_lock);
        if (p != c->idle)
            p->state = READY;
        schedule();
        spin_unlock(&process_lock, false);
    }
    if (p->killed && regs_from_user(r)) {
        irq_enable();
        process_exit(255);
    }
}
