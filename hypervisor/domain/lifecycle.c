/* SPDX-License-Identifier: MIT */
/*
 * From domain_create to the end of the machine. A domain that stops is DYING at once: there is nobody to look at it.
 * What it held is then given back a step at a time, by idle pcpus or in a share of a busy one's time, in the order of
 * `phases`: nothing is freed that an earlier phase has not made unreachable. struct domain itself stays, so a domid
 * found anywhere (a channel's far end, a grant, a frame's owner) can always be looked at.
 */
#include "domain/domain.h"
#include "domain/console.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "lib/string.h"
#include "machine/clock.h"
#include "machine/fpu.h"
#include "machine/pcpu.h"
#include "machine/power.h"
#include "machine/printk.h"
#include "memory/alloc.h"
#include <xen/sched.h>

struct domain *domain_table[DOMAIN_MAX];
spinlock_t domain_list_lock;
void (*domain_vcpu_release_hook)(struct vcpu *v);
bool (*domain_memory_teardown_hook)(struct domain *d);

static uint32_t running;                      /* domains that are RUNNING */
static bool crashed;                          /* one that ended did so by a crash */
static bool reboot;                           /* the machine is to restart */
static spinlock_t teardown_lock;
static uint64_t share_next;                   /* when busy pcpus do the next bit of teardown */
volatile uint32_t domain_dying;               /* domains that are DYING: sched.c gives every vcpu a slice then */

#define SHARE_NS   1000000ul /* of teardown work, every */
#define SHARE_GAP  4000000ul
#define LOOK_AGAIN 20000000ul

static const char *const reasons[] = {
    [SHUTDOWN_poweroff] = "powered off", [SHUTDOWN_reboot] = "asked for a reboot", 
    [SHUTDOWN_suspend] = "suspended, and ends: nobody could resume it",
    [SHUTDOWN_crash] = "crashed", [SHUTDOWN_watchdog] = "was stopped by its watchdog",
    [SHUTDOWN_soft_reset] = "asked for a soft reset",
};

static size_t vcpu_bytes(void)
{
    return sizeof(struct vcpu) + fpu_size;
}

static bool vcpu_create(struct domain *d, uint32_t id)
{
    struct vcpu *v = alloc_bytes(vcpu_bytes());

    if (!v)
        return false;
    v->domain = d;
    v->id = id;
    fpu_init_area(v->fpu);
    v->info = &d->shared_info->vcpu_info[id];
    v->info->evtchn_upcall_mask = 1;
    v->info_mfn = MFN_NONE;
    sched_init_vcpu(v);
    timer_init_vcpu(v);
    time_update(v);
    d->vcpu[id] = v;
    return true;
}

static void vcpu_free(struct vcpu *v)
{
    if (v->info_mfn != MFN_NONE) {
        frame_put_writable(frame_of(v->info_mfn));
        frame_put(frame_of(v->info_mfn));
    }
    alloc_free_bytes(v, vcpu_bytes());
}

struct domain *domain_create(domid_t id, const char *name, uint32_t max_vcpus, uint32_t max_pages)
{
    struct domain *d = alloc_bytes(sizeof(*d));

    if (!d)
        return NULL;
    d->id = id;
    strlcpy(d->name, name, sizeof(d->name));
    d->max_vcpus = max_vcpus;
    d->max_pages = max_pages;
    d->shutdown_code = ~0u;
    d->shared_info = alloc_shared_page(d);
    if (!d->shared_info || !evtchn_init(d) || !grant_grow(d, 1))
        return NULL; /* only while booting, which then fails: nothing is given back */
    d->shared_info_mfn = ptr_mfn(d->shared_info);
    time_set_wallclock(d->shared_info);
    for (uint32_t i = 0; i < max_vcpus; i++)
        if (!vcpu_create(d, i))
            return NULL;
    domain_table[id] = d;
    return d;
}

void domain_unpause(struct domain *d)
{
    __atomic_fetch_add(&running, 1, __ATOMIC_SEQ_CST);
    d->state = DOMAIN_RUNNING;
    sched_wake(d->vcpu[0]); /* the others are for it to bring up */
}

void domain_shutdown(struct domain *d, uint32_t reason)
{
    enum domain_state was = DOMAIN_RUNNING;

    if (!__atomic_compare_exchange_n(&d->state, &was, DOMAIN_DYING, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    if (d->shutdown_code != ~0u)
        reason = d->shutdown_code;
    d->shutdown_reason = reason;
    d->died_ns = clock_now_ns();
    __atomic_fetch_add(&domain_dying, 1, __ATOMIC_SEQ_CST);
    console_guest_end(d);
    log_info("d%u (%s) %s", d->id, d->name,
             reason < ARRAY_SIZE(reasons) && reasons[reason] ? reasons[reason] : "shut down for a reason of its own");
    if (reason != SHUTDOWN_poweroff && reason != SHUTDOWN_reboot && reason != SHUTDOWN_suspend)
        crashed = true;
    for (uint32_t i = 0; i < d->max_vcpus; i++)
        sched_sleep(d->vcpu[i]);
    if (__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST) == 0 || d->privileged)
        reboot |= reason == SHUTDOWN_reboot;
    /* Domain 0 takes the machine along when it restarts. */
    for (uint32_t id = 0; d->privileged && reboot && id < DOMAIN_MAX; id++) {
        if (domain_table[id])
            domain_shutdown(domain_table[id], SHUTDOWN_poweroff);
    }
    evtchn_send_global_virq(VIRQ_DOM_EXC);
    this_cpu()->need_resched = true;
}

void domain_kill_by(struct domain *d, const char *what, uint32_t row, const uint64_t *values)
{
    struct vcpu *v = current;

    if (d->state != DOMAIN_RUNNING)
        return;
    log_error("d%u (%s) killed:", d->id, d->name);
    refuse_fatal(what, row, values);
    if (v && v->domain == d)
        v->dump = true;
    domain_shutdown(d, SHUTDOWN_crash);
}

/* --- teardown: each phase is a step that is made again until it says true ------------------------------------ */

static bool vcpus_off(struct domain *d)
{
    for (uint32_t i = 0; i < d->max_vcpus; i++)
        if (!sched_is_off(d->vcpu[i]))
            return false;
    for (uint32_t i = 0; i < d->max_vcpus; i++)
        timer_cancel_all(d->vcpu[i]);
    return true;
}

static bool close_ports(struct domain *d)
{
    SPIN_GUARD(&evtchn_lock);

    return evtchn_close_step(d, true);
}

static bool release_descriptors(struct domain *d)
{
    for (uint32_t i = 0; i < d->max_vcpus; i++)
        domain_vcpu_release_hook(d->vcpu[i]);
    return true;
}

static bool release_memory(struct domain *d)
{
    return domain_memory_teardown_hook(d);
}

static bool free_rest(struct domain *d)
{
    spin_lock(&domain_list_lock);
    while (d->max_vcpus)
        vcpu_free(d->vcpu[--d->max_vcpus]);
    spin_unlock(&domain_list_lock);
    evtchn_free(d);
    alloc_free_shared_page(d->shared_info);
    d->shared_info = NULL;
    d->state = DOMAIN_DEAD;
    __atomic_fetch_sub(&domain_dying, 1, __ATOMIC_SEQ_CST);
    log_info("d%u (%s) is gone, %u of its pages still in use by others, after %lu us", d->id, d->name, d->tot_pages,
             (clock_now_ns() - d->died_ns) / 1000);
    return true;
}

static const struct phase {
    bool (*step)(struct domain *d); /* true: this phase is over */
    bool waits;                     /* for others, if it is not: the pcpu may sleep meanwhile */
} phases[] = {
    {vcpus_off, true}, {close_ports, false}, {release_descriptors, false}, {grant_release_maps, false},
    {release_memory, false},
    {grant_teardown_step, true}, /* others may keep what we granted, and the domain, for as long as they like */
    {free_rest, false},
};

/* True: there is more to do at once. */
static bool teardown_step(struct domain *d)
{
    const struct phase *p = &phases[d->teardown_phase];
    bool over = p->step(d);

    d->teardown_phase += over;
    return over || !p->waits;
}

static void NORETURN machine_end(void)
{
    if (refuse_rows)
        refuse_dump_rows();
    if (reboot && !power_no_reboot) {
        log_info("restarting the machine");
        power_reset();
    }
    log_info("no domain left, machine off");
    power_off(crashed ? POWER_CRASH : POWER_CLEAN);
}

bool domain_teardown_any(void)
{
    bool moved = false;

    if (!domain_dying || !spin_trylock(&teardown_lock))
        return false;
    if (!running)
        machine_end();
    for (uint32_t id = 0; id < DOMAIN_MAX && !moved; id++)
        if (domain_table[id] && domain_table[id]->state == DOMAIN_DYING)
            moved = teardown_step(domain_table[id]);
    if (!moved)
        timer_arm(clock_now_ns() + LOOK_AGAIN); /* nobody tells us when that for which a phase waits has come */
    spin_unlock(&teardown_lock);
    return moved;
}

void domain_teardown_share(void)
{
    uint64_t now = clock_now_ns();

    if (now < share_next)
        return;
    while (domain_teardown_any() && clock_now_ns() - now < SHARE_NS)
        ;
    share_next = clock_now_ns() + SHARE_GAP;
}
