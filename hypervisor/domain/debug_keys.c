/* SPDX-License-Identifier: MIT */
/* Debug keys (console.h tells how to get there): one letter, one report. */
#include "domain/debug_keys.h"
#include "domain/domain.h"
#include "domain/refuse.h"
#include "domain/trace.h"
#include "domain/vcpu.h"
#include "machine/clock.h"
#include "machine/printk.h"
#include "memory/alloc.h"

static const char *const states[] = {"building", "running", "dying", "dead"};
static const char *const runstates[] = {"running", "runnable", "blocked", "offline"};

static void show_vcpu(struct vcpu *v)
{
    struct vcpu_runstate_info info;

    sched_runstate(v, &info);
    printk("  v%u %s%s cpu %d, ran %lu ms, %lu hypercalls, upcall pending %u mask %u, polls %d", v->id,
           runstates[info.state], v->up ? "" : " (down)", (int)v->sched.cpu, info.time[RUNSTATE_running] / 1000000,
           v->hypercalls, v->info->evtchn_upcall_pending, v->info->evtchn_upcall_mask, v->sched.poll_port);
}

static void show_domains(void)
{
    spin_lock(&domain_list_lock);
    for (uint32_t id = 0; id < DOMAIN_MAX; id++) {
        struct domain *d = domain_table[id];

        if (!d)
            continue;
        printk("d%u (%s): %s, %u of %u pages, weight %u, %u grant frames, %u maps, %u pins", d->id, d->name,
               states[d->state], d->tot_pages, d->max_pages, d->weight, d->grant.frames, d->grant.maps_in_use,
               d->grant.pins);
        for (uint32_t i = 0; i < d->max_vcpus; i++)
            show_vcpu(d->vcpu[i]);
    }
    spin_unlock(&domain_list_lock);
}

static void show_events(void)
{
    for (uint32_t id = 0; id < DOMAIN_MAX; id++) {
        struct domain *d = domain_by_id((domid_t)id);

        for (evtchn_port_t port = 1; d && port < d->evtchn.end; port++) {
            const struct evtchn *c = &d->evtchn.port[port];

            if (c->state != EVTCHNSTAT_closed)
                printk("d%u port %u: state %u vcpu %u, %u:%u%s", id, port, c->state, c->vcpu, c->remote_dom,
                       c->remote_port, c->xen_end ? " (ours)" : "");
        }
    }
}

static void show_memory(void)
{
    printk("%lu of %lu frames free", alloc_free_frames, alloc_total_frames);
}

static void show_time(void)
{
    printk("system time %lu ns, TSC %lu kHz", clock_now_ns(), clock_tsc_khz);
}

void (*debug_recount_hook)(void);
void (*debug_dump_hook)(const struct vcpu *v);

static void show_recount(void)
{
    debug_recount_hook();
}

static char pressed;

/* Of all domains, or of domain 0. */
static void show_registers(void)
{
    for (uint32_t id = 0; id < (pressed == '0' ? 1 : DOMAIN_MAX); id++) {
        struct domain *d = domain_by_id((domid_t)id);

        for (uint32_t i = 0; d && i < d->max_vcpus; i++)
            if (d->vcpu[i]->up)
                debug_dump_hook(d->vcpu[i]);
    }
}

static void watch(void)
{
    trace_key(pressed == 's' ? TRACE_ON : TRACE_RING);
}

static void show_help(void);

static const struct {
    char key;
    const char *help;
    void (*show)(void);
} keys[] = {
    {'h', "this list", show_help},
    {'q', "domains and vcpus", show_domains},
    {'e', "event channels", show_events},
    {'m', "memory", show_memory},
    {'c', "recount all references to frames", show_recount},
    {'t', "time", show_time},
    {'r', "refusals so far, by row", refuse_dump_rows},
    {'d', "registers of all vcpus", show_registers},
    {'0', "registers of domain 0", show_registers},
    {'s', "print hypercalls of the next domain, all, none", watch},
    {'S', "the same, but into the ring only", watch},
    {'n', "numbers of hypercalls of watched domains", trace_show_counts},
    {'T', "dump the rings, for hypervisor/tools/trace_to_xen.py", trace_dump_rings},
};

static void show_help(void)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++)
        printk("  %c  %s", keys[i].key, keys[i].help);
}

void debug_key(char c)
{
    pressed = c;
    for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
        if (keys[i].key == c)
            keys[i].show();
    }
}
