/* SPDX-License-Identifier: MIT */
#include "fake_domain.h"
#include "domain/console.h"
#include "domain/guest_copy.h"
#include "domain/trace.h"
#include "lib/format.h"
#include "machine/pcpu.h"
#include "machine/printk.h"
#include "pv/pv.h"

volatile uint64_t fake_now;
volatile unsigned int fake_kicks[FAKE_PCPUS];
uint64_t fake_timer[FAKE_PCPUS];
char fake_said[512];
unsigned int fake_lines, fake_pumps;

static struct {
    struct regs regs;
    struct pcpu pcpu;
} pcpus[FAKE_PCPUS];
static __thread unsigned int on;
uint32_t pcpu_count;

static char ram[FAKE_FRAMES][PAGE_SIZE] __attribute__((aligned(4096)));
struct frame fake_frames[FAKE_FRAMES];
struct frame *const FRAME_TABLE = fake_frames;
const uint64_t DIRECT_MAP = (uint64_t)ram;
static unsigned int shared_frames, live_pages;

struct domain *domain_table[DOMAIN_MAX];
spinlock_t domain_list_lock;
volatile uint32_t domain_dying;

/* --- pcpus and time --- */

struct pcpu *this_cpu(void)
{
    return &pcpus[on].pcpu;
}

struct pcpu *pcpu_of(uint32_t cpu)
{
    return &pcpus[cpu].pcpu;
}

void fake_on(unsigned int pcpu)
{
    on = pcpu;
}

void fake_current(struct vcpu *v)
{
    this_cpu()->vcpu = v;
}

void spin_poll(void)
{
    __builtin_ia32_pause();
}

void pcpu_kick(uint32_t cpu)
{
    __atomic_fetch_add(&fake_kicks[cpu], 1, __ATOMIC_SEQ_CST);
}

bool preempt_check(void)
{
    return false;
}

uint64_t cpu_features; /* none */

struct clock_scale clock_tsc_scale = {0x80000000, 1};
uint64_t clock_boot_wallclock_ns = 1700000000ul * 1000000000ul;

void apic_timer_set(uint64_t deadline)
{
    fake_timer[on] = deadline;
}

/* --- memory --- */

void *alloc_bytes(size_t n)
{
    live_pages++;
    return calloc(1, n);
}

void alloc_free_bytes(void *p, size_t n UNUSED)
{
    live_pages--;
    free(p);
}

void *alloc_shared_page(struct domain *d UNUSED)
{
    return shared_frames < FAKE_FRAMES / 2 ? memset(ram[FAKE_FRAMES - ++shared_frames], 0, PAGE_SIZE) : NULL;
}

void alloc_free_shared_page(void *p UNUSED)
{
}

/* What memory/frame.c needs when a frame changes its type or its last reference goes. */
volatile uint64_t tlb_clock;

uint64_t tlb_stale(uint64_t since UNUSED)
{
    return 0;
}

void tlb_flush_mask(uint64_t mask UNUSED)
{
}

void alloc_reclaim(struct frame *f)
{
    fail_msg("frame %lu lost its last reference", frame_mfn(f));
}

bool guest_read(void *dst, uint64_t va, size_t n)
{
    if (va >= BAD_POINTER)
        return false;
    memcpy(dst, (void *)va, n);
    return true;
}

bool guest_write(uint64_t va, const void *src, size_t n)
{
    if (va >= BAD_POINTER)
        return false;
    memcpy((void *)va, src, n);
    return true;
}

long hypercall_continue_args(unsigned int nr UNUSED, unsigned int nargs UNUSED, const uint64_t *args UNUSED)
{
    return HYPERCALL_CONTINUED;
}

/* The console's work, which is done when no channel is looked at. */
void console_pump(void)
{
    assert_false(evtchn_lock.held);
    fake_pumps++;
}

/* --- domains --- */

void domain_shutdown(struct domain *d, uint32_t reason)
{
    d->state = DOMAIN_DYING;
    d->shutdown_reason = reason;
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        sched_sleep(d->vcpu[i]);
}

void fake_domain_reset(unsigned int n)
{
    memset(pcpus, 0, sizeof(pcpus));
    for (unsigned int i = 0; i < FAKE_FRAMES; i++)
        fake_frames[i] = (struct frame){.refs = FRAME_RAM | 1};
    memset((void *)fake_kicks, 0, sizeof(fake_kicks));
    memset(fake_timer, 0, sizeof(fake_timer));
    shared_frames = 0;
    fake_now = 1000000000;
    frame_max_mfn = FAKE_FRAMES;
    pcpu_count = n;
    while (n-- > 0) {
        on = n;
        pcpus[n].pcpu.id = n;
        timer_init_cpu();
    }
    fake_forget();
}

struct domain *fake_domain_new(domid_t id, unsigned int vcpus)
{
    struct domain *d = calloc(1, sizeof(*d));

    d->id = id;
    d->privileged = id == 0;
    d->max_vcpus = vcpus;
    d->weight = SCHED_WEIGHT;
    d->explain = true;
    d->state = DOMAIN_RUNNING;
    d->shared_info = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
    memset(d->shared_info, 0, PAGE_SIZE);
    assert_true(evtchn_init(d));
    for (unsigned int i = 0; i < vcpus; i++) {
        struct vcpu *v = memset(aligned_alloc(_Alignof(struct vcpu), sizeof(*v)), 0, sizeof(*v));

        v->domain = d;
        v->id = i;
        v->kernel_mode = true;
        v->info = &d->shared_info->vcpu_info[i];
        sched_init_vcpu(v);
        timer_init_vcpu(v);
        d->vcpu[i] = v;
    }
    domain_table[id] = d;
    return d;
}

void fake_domain_free_all(void)
{
    for (unsigned int id = 0; id < DOMAIN_MAX; id++) {
        struct domain *d = domain_table[id];

        if (!d)
            continue;
        d->state = DOMAIN_DYING;
        for (unsigned int i = 0; i < d->max_vcpus; i++) {
            sched_sleep(d->vcpu[i]);
            timer_cancel_all(d->vcpu[i]);
        }
        while (!evtchn_close_step(d, true))
            ;
    }
    for (on = 0; on < FAKE_PCPUS; on++)
        fake_switch();
    on = 0;
    for (unsigned int id = 0; id < DOMAIN_MAX; id++) {
        struct domain *d = domain_table[id];

        if (!d)
            continue;
        evtchn_free(d);
        for (unsigned int i = 0; i < d->max_vcpus; i++)
            free(d->vcpu[i]);
        free(d->shared_info);
        free(d);
        domain_table[id] = NULL;
    }
    assert_int_equal(live_pages, 0);
}

int fake_domain_end(void **state)
{
    (void)state;
    fake_current(NULL);
    fake_domain_free_all();
    return 0;
}

void fake_up(struct vcpu *v)
{
    v->up = true;
    sched_wake(v);
}

struct vcpu *fake_switch(void)
{
    struct vcpu *prev = this_cpu()->vcpu, *next = sched_pick();

    if (next != prev) {
        if (prev) {
            timer_sched_out(prev);
            this_cpu()->vcpu = NULL;
            sched_release(prev);
        }
        this_cpu()->vcpu = next;
        if (next)
            timer_sched_in(next);
    }
    return next;
}

/* --- what is said --- */

enum log_level printk_level = LOG_DEBUG;

void printk_at(enum log_level level UNUSED, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format_va(fake_said, sizeof(fake_said), fmt, ap);
    va_end(ap);
    fake_lines++;
}

void trace_runstate(const struct vcpu *v UNUSED, uint32_t old UNUSED, uint32_t new UNUSED)
{
}

static const char *const row_ids[REFUSAL_COUNT] = {
#define REFUSAL(symbol, id, errnr, errname, values, explain) [REFUSAL_##symbol] = id,
#include <abi/refusal_table.h>
};

const char *fake_refusal(void)
{
    return this_cpu()->refusal ? row_ids[this_cpu()->refusal] : "";
}

void fake_forget(void)
{
    this_cpu()->refusal = 0;
    fake_said[0] = 0;
    fake_lines = 0;
}
