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
#include "machine/pcpu.h"
#include "lib/string.h"

#define NS_PER_S 1000000000ul

static uint64_t fill(struct vcpu_time_info *t)
{
    uint64_t tsc = rdtsc(), ns = clock_tsc_to_ns(tsc);

    t->tsc_timestamp = tsc;
    t->system_time = ns;
    t->tsc_to_system_mul = clock_tsc_scale.mul;
    t->tsc_shift = clock_tsc_scale.shift;
    t->flags = cpu_has(CPU_TSC_STABLE) ? XEN_PVCLOCK_TSC_STABLE_BIT : 0;
    return ns;
}

void time_update(struct vcpu *v)
{
    struct vcpu_time_info *t = &v->info->time;
    uint32_t odd = read_once(t->version) | 1;

    write_once(t->version, odd);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    v->time_updated_ns = fill(t);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    write_once(t->version, odd + 1);
    v->areas_stale |= v->time_va != 0;
}

void time_set_wallclock(struct shared_info *s)
{
    s->wc_sec = (uint32_t)(clock_boot_wallclock_ns / NS_PER_S);
    s->wc_sec_hi = (uint32_t)(clock_boot_wallclock_ns / NS_PER_S >> 32);
    s->wc_nsec = (uint32_t)(clock_boot_wallclock_ns % NS_PER_S);
    s->wc_version = 2; /* even: it does not change */
}

/* Writes an area whose `guard`, a word of it, says that it changes, with that first; then the word as it is to stay. */
static bool write_guarded(uint64_t va, const void *area, size_t size, const uint64_t *guard, uint64_t after)
{
    uint64_t at = va + (uint64_t)((const char *)guard - (const char *)area);

    if (!guest_write(at, guard, sizeof(*guard)))
        return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!guest_write(va, area, size))
        return false;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return guest_write(at, &after, sizeof(after));
}

static bool write_runstate(struct vcpu *v)
{
    const struct vcpu_runstate_info *r = &v->sched.runstate;
    struct vcpu_runstate_info updating;

    if (!(v->domain->vm_assist & 1u << VMASST_TYPE_runstate_update_flag))
        return guest_write(v->runstate_va, r, sizeof(*r));
    memcpy(&updating, r, sizeof(updating));
    updating.state_entry_time |= XEN_RUNSTATE_UPDATE;
    return write_guarded(v->runstate_va, &updating, sizeof(updating), &updating.state_entry_time, r->state_entry_time);
}

static bool write_time_area(const struct vcpu *v)
{
    union {
        struct vcpu_time_info t;
        uint64_t version; /* and its padding */
    } area;
    uint32_t version;

    if (!guest_read(&version, v->time_va, sizeof(version)))
        return false;
    memset(&area, 0, sizeof(area));
    fill(&area.t);
    area.version = version | 1;
    return write_guarded(v->time_va, &area, sizeof(area), &area.version, (version | 1) + 1);
}

void time_write_areas(struct vcpu *v)
{
    bool done = true;

    if (!current->kernel_mode)
        return; /* the user root does not map the kernel's memory */
    if (v->runstate_va)
        done = write_runstate(v);
    if (v->time_va)
        done = write_time_area(v) && done;
    v->areas_stale = !done;
}

void time_sched_in(struct vcpu *v)
{
    if (clock_now_ns() - v->time_updated_ns > NS_PER_S)
        time_update(v);
    if (v->runstate_va)
        v->areas_stale = true;
    if (v->areas_stale)
        time_write_areas(v);
}

void time_sched_out(struct vcpu *v)
{
    if (v->runstate_va && v->kernel_mode)
        write_runstate(v);
}
