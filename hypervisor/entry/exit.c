/* SPDX-License-Identifier: MIT */
/*
 * The one loop before every return to a guest. Everything else only sets flags; here they are acted on, in order:
 * timers, who runs, what is to be delivered to it. When nothing is runnable the pcpu idles here.
 */
#include "entry/entry.h"
#include "domain/domain.h"
#include "domain/sched.h"
#include "domain/timer.h"
#include "domain/time.h"
#include "domain/vcpu.h"
#include "machine/clock.h"
#include "machine/insn.h"
#include "machine/pcpu.h"
#include "machine/tlb.h"
#include "memory/mappings.h"
#include "pv/bounce.h"

static bool runnable(const struct vcpu *v)
{
    return v && v->up && !v->sched.blocked && v->domain->state == DOMAIN_RUNNING;
}

static void switch_to(struct pcpu *cpu, struct vcpu *next, struct regs *regs)
{
    struct vcpu *prev = cpu->vcpu;

    if (prev == next)
        return;
    if (prev) {
        timer_sched_out(prev);
        time_sched_out(prev);
        context_save(prev, regs);
        cpu->vcpu = NULL;
        sched_release(prev);
    }
    cpu->vcpu = next;
    if (next) {
        context_load(next, regs);
        time_sched_in(next);
        timer_sched_in(next);
    } else {
        tlb_load_root(mappings_root_phys); /* the vcpu's tables may be torn down while we sleep */
    }
}

static void idle(struct pcpu *cpu)
{
    uint64_t since = clock_now_ns();

    /* A dying domain's memory is given back here and in small steps: no guest waits for it. */
    if (domain_teardown_any()) {
        preempt_check();
        return;
    }
    cpu->in_idle = true;
    if (!cpu->need_resched && !cpu->timer_fired)
        interrupts_wait();
    cpu->in_idle = false;
    cpu->idle_ns += clock_now_ns() - since;
}

/* True if the guest is entered somewhere else now, so that the loop must look again. */
static bool deliver(struct vcpu *v, struct regs *regs)
{
    if (unlikely(v->nmi_pending) && !v->nmi_masked && v->callback[CB_NMI].rip) {
        bounce_nmi(v, regs);
        return true;
    }
    if (vcpu_upcall_pending(v) && !vcpu_upcall_masked(v)) {
        bounce_event(v, regs);
        return true;
    }
    return false;
}

void exit_to_guest(struct regs *regs)
{
    struct pcpu *cpu = this_cpu();

    for (;;) {
        if (unlikely(cpu->timer_fired))
            timer_run();
        if (unlikely(cpu->need_resched || !runnable(cpu->vcpu))) {
            switch_to(cpu, sched_pick(), regs);
            if (!cpu->vcpu) {
                idle(cpu);
                cpu->need_resched = true;
                continue;
            }
        }
        if (deliver(cpu->vcpu, regs))
            continue;
        if (unlikely(cpu->vcpu->time.areas_stale) && cpu->vcpu->kernel_mode)
            time_write_areas(cpu->vcpu);
        return;
    }
}
