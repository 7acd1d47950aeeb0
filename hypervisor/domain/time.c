/* SPDX-License-Identifier: MIT */
/*
 * What a guest sees of time (time.h). Writers follow the ABI's version protocol: odd while writing. vcpu_info is
 * written by the pcpu that runs the vcpu, or while it does not run; so there is one writer at a time.
 */
#include "domain/time.h"
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "domain/vcpu.h"
#include "machine/clock.h"
#include "machine/cpu.h"
#include "lib/string.h"

#define NS_PER_S 1000000000ul

static uint64_t fill(struct vcpu_time_info *t)
{
    uint64_t tsc, ns;

    clock_sample(&tsc, &ns);
    t->tsc_timestamp = tsc;
    t->system_time = ns;
    clock_scale(&t->tsc_to_system_mul, &t->tsc_shift);
    t->flags = cpu_has(CPU_TSC_STABLE) ? XEN_PVCLOCK_TSC_STABLE_BIT : 0;
    return ns;
}

static uint32_t begin_writing(uint32_t *version)
{
    uint32_t odd = read_once(*version) | 1;

    write_once(*version, odd);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return odd;
}

static void end_writing(uint32_t *version, uint32_t odd)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    write_once(*version, odd + 1);
}

void time_update(struct vcpu *v)
{
    struct vcpu_time_info *t = &v->info->time;
    uint32_t version = begin_writing(&t->version);

    v->time.updated_ns = fill(t);
    end_writing(&t->version, version);
    v->time.areas_stale |= v->time_va != 0;
}

void time_update_wallclock(struct domain *d)
{
    struct shared_info *s = d->shared_info;
    uint64_t wall = clock_boot_wallclock_ns();
    uint32_t version = begin_writing(&s->wc_version);

    s->wc_sec = (uint32_t)(wall / NS_PER_S);
    s->wc_sec_hi = (uint32_t)(wall / NS_PER_S >> 32);
    s->wc_nsec = (uint32_t)(wall % NS_PER_S);
    end_writing(&s->wc_version, version);
}

static bool write_runstate(struct vcpu *v)
{
    const struct vcpu_sched *s = &v->sched;
    uint64_t at = v->runstate_va + offsetof(struct vcpu_runstate_info, state_entry_time);
    struct vcpu_runstate_info info;
    bool flagged = v->domain->vm_assist & (1u << VMASST_TYPE_runstate_update_flag);

    memset(&info, 0, sizeof(info));
    info.state = (int)s->runstate;
    info.state_entry_time = s->runstate_since;
    memcpy(info.time, s->runstate_time, sizeof(info.time));
    if (!flagged)
        return guest_write(v->runstate_va, &info, sizeof(info));

    /* The flag stands in the area while it changes. */
    info.state_entry_time |= XEN_RUNSTATE_UPDATE;
    if (!guest_write(at, &info.state_entry_time, sizeof(info.state_entry_time)))
        return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!guest_write(v->runstate_va, &info, sizeof(info)))
        return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    info.state_entry_time &= ~XEN_RUNSTATE_UPDATE;
    return guest_write(at, &info.state_entry_time, sizeof(info.state_entry_time));
}

static bool write_time_area(struct vcpu *v)
{
    struct vcpu_time_info t;
    uint32_t version;
    uint64_t at = v->time_va + offsetof(struct vcpu_time_info, version);

    memset(&t, 0, sizeof(t));
    fill(&t);
    if (!guest_read(&version, at, sizeof(version)))
        return false;
    t.version = version | 1;
    if (!guest_write(at, &t.version, sizeof(t.version)))
        return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!guest_write(v->time_va, &t, sizeof(t)))
        return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    t.version++;
    return guest_write(at, &t.version, sizeof(t.version));
}

void time_write_areas(struct vcpu *v)
{
    bool done = true;

    if (!v->kernel_mode)
        return; /* the user root does not map the kernel's memory */
    if (v->runstate_va)
        done = write_runstate(v);
    if (v->time_va)
        done = write_time_area(v) && done;
    v->time.areas_stale = !done;
}

void time_sched_in(struct vcpu *v)
{
    if (clock_now_ns() - v->time.updated_ns > NS_PER_S)
        time_update(v);
    if (v->runstate_va)
        v->time.areas_stale = true;
    if (v->time.areas_stale)
        time_write_areas(v);
}

void time_sched_out(struct vcpu *v)
{
    if (v->runstate_va && v->kernel_mode)
        write_runstate(v);
}
