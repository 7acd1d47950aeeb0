/* SPDX-License-Identifier: MIT */
/*
 * The one loop before every return to a guest. Everything else only sets flags; here they are acted on, in order:
 * timers, who runs, what is to be delivered to it. When nothing is runnable the pcpu idles here.
 */
#include "entry/entry.h"
#include "machine/insn.h"
#include "machine/tlb.h"
#include "memory/mappings.h"
#include "pv/bounce.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

static void switch_to(struct pcpu *cpu, struct vcpu *next, struct regs *regs)
{
    struct vcpu *prev = cpu->vcpu;

    if (prev == next) {
        cpu->attention = true; /* somebody had a reason to ask */
        return;
    }
    if (prev) {
        timer_sched_out(prev);
        time_sched_out(prev);
        context_save(prev, regs);
    }
    cpu->vcpu = next;
    if (next) {
        context_load(next, regs);
        time_sched_in(next);
        timer_sched_in(next);
    } else {
        tlb_load_root(mappings_root_phys, true); /* the vcpu's tables may be torn down while we sleep */
    }
    if (prev)
        sched_release(prev); /* now that its root is out of this CPU: another one may run it and drop that root */
}

static void idle(struct pcpu *cpu)
{
    /* A dying domain's memory is given back here and in small steps: no guest waits for it. */
    if (domain_teardown_any()) {
        preempt_check();
        return;
    }
    if (!cpu->need_resched && !cpu->timer_fired)
        interrupts_wait();
}

/* What is rare and kept out of the way by one flag. */
static void attend(struct pcpu *cpu, struct vcpu *v, struct regs *regs)
{
    __atomic_store_n(&cpu->attention, false, __ATOMIC_SEQ_CST); /* first: other pcpus set it when there is something */
    if (v->nmi_pending && !v->nmi_masked)
        bounce_nmi(v, regs);
    if (v->areas_stale && v->kernel_mode)
        time_write_areas(v);
}

void exit_to_guest(struct regs *regs)
{
    struct pcpu *cpu = this_cpu();

    for (;;) {
        if (unlikely(cpu->timer_fired))
            timer_run();
        if (unlikely(cpu->need_resched || !cpu->vcpu)) {
            if (unlikely(cpu->vcpu && cpu->vcpu->dump)) {
                cpu->vcpu->dump = false;
                dump_vcpu(cpu->vcpu);
            }
            if (unlikely(domain_dying))
                domain_teardown_share();
            switch_to(cpu, sched_pick(), regs);
            if (!cpu->vcpu) {
                idle(cpu);
                cpu->need_resched = true;
                continue;
            }
        }
        if (unlikely(cpu->attention))
            attend(cpu, cpu->vcpu, regs);
        if (vcpu_upcall_due(cpu->vcpu))
            bounce_to(cpu->vcpu, regs, &cpu->vcpu->callback[CB_EVENT]);
        if (likely(!cpu->work))
            return;
    }
}

bool entry_leave(struct regs *regs)
{
    exit_to_guest(regs);
    return regs_by_sysret(regs);
}
