/* SPDX-License-Identifier: MIT */
/* RAM, pcpus, preemption, refusals, domains of the fake machine (fake.h). */
#define _GNU_SOURCE
#include "fake.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "machine/printk.h"
#include "machine/tlb.h"
#include "pv/pagetable.h"
#include "pv/vcpu_state.h"
#include <abi/hypercall_prototypes.h>

static uint8_t ram[FAKE_FRAMES][4096] ALIGNED(4096);
static struct frame frames[FAKE_FRAMES];
static uint64_t m2p[FAKE_FRAMES];
static uint64_t idle_root[512];

const uint64_t DIRECT_MAP = (uint64_t)ram;
struct frame *const FRAME_TABLE = frames;

struct domain *domain_table[DOMAIN_MAX];
uint64_t cpu_features;

static struct pcpu pcpus[FAKE_PCPUS];
static unsigned int cpu;

struct pcpu *this_cpu(void)
{
    return &pcpus[cpu];
}

struct pcpu *fake_pcpu(unsigned int n)
{
    return &pcpus[n];
}

void fake_run(struct vcpu *v)
{
    cpu = v->id % FAKE_PCPUS;
    current = v;
}

void spin_poll(void)
{
    fprintf(stderr, "a lock is waited for: deadlock\n");
    abort();
}

void panic_at(const struct regs *regs UNUSED, const char *fmt, ...)
{
    fprintf(stderr, "panic: %s\n", fmt);
    abort();
}

void printk_at(enum log_level level UNUSED, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    printf("# ");
    vprintf(fmt, ap);
    printf("\n");
    va_end(ap);
}

unsigned int fake_preempt_in, fake_preempt_chance;
uint64_t fake_random_state = 88172645463325252ul;
unsigned long fake_preempt_checks;

bool preempt_check(void)
{
    fake_preempt_checks++;
    if (fake_preempt_in && --fake_preempt_in == 0)
        return true;
    if (!fake_preempt_chance)
        return false;
    fake_random_state ^= fake_random_state << 13;
    fake_random_state ^= fake_random_state >> 7;
    fake_random_state ^= fake_random_state << 17;
    return fake_random_state % 256 < fake_preempt_chance;
}

/* Guest pointers are host pointers here; the null page is unmapped. */
bool guest_read(void *dst, uint64_t va, size_t n)
{
    if (va < 4096)
        return false;
    memcpy(dst, (const void *)va, n);
    return true;
}

bool guest_write(uint64_t va, const void *src, size_t n)
{
    if (va < 4096)
        return false;
    memcpy((void *)va, src, n);
    return true;
}

static const char *const row_ids[REFUSAL_COUNT] = {
#define REFUSAL(symbol, id, errnr, errname, values, explain) [REFUSAL_##symbol] = id,
#include <abi/refusal_table.h>
};

bool fake_tell;

void refuse_record(uint32_t id, unsigned int n, const uint64_t *values)
{
    this_cpu()->refusal = id;
    this_cpu()->refusal_n = n;
    for (unsigned int i = 0; i < n; i++)
        this_cpu()->refusal_value[i] = values[i];
    if (fake_tell)
        printf("# %s\n", row_ids[id]);
}

uint32_t refuse_batch_index[PCPU_MAX];

void refuse_index(unsigned int index)
{
    (void)index;
}

const char *fake_refusal(void)
{
    return this_cpu()->refusal ? row_ids[this_cpu()->refusal] : "";
}

void fake_forget_refusal(void)
{
    this_cpu()->refusal = 0;
}

/* A descriptor is bad if it is odd in this world. */
bool descriptor_fix(uint64_t *desc)
{
    return !(*desc & 1);
}

long descriptors_set_ldt(struct vcpu *v, uint64_t va, uint32_t entries)
{
    v->ldt_base = va;
    v->ldt_entries = entries;
    return 0;
}

void descriptors_drop_ldt_frames(struct vcpu *v)
{
    (void)v;
}

void mode_load_root(struct vcpu *v)
{
    tlb_load_root((v->kernel_mode ? v->root_kernel : v->root_user) << PAGE_SHIFT, v->kernel_mode);
}

struct fake_continuation fake_continuation;

long hypercall_continue_args(unsigned int nr, unsigned int nargs, const uint64_t *args)
{
    fake_continuation.nr = nr;
    fake_continuation.nargs = nargs;
    memcpy(fake_continuation.args, args, nargs * sizeof(args[0]));
    return HYPERCALL_CONTINUED;
}

static long call(unsigned int nr, const uint64_t *a)
{
    switch (nr) {
    case __HYPERVISOR_mmu_update:
        return hc_mmu_update(a[0], a[1], a[2], a[3]);
    case __HYPERVISOR_mmuext_op:
        return hc_mmuext_op(a[0], a[1], a[2], a[3]);
    case __HYPERVISOR_update_va_mapping:
        return hc_update_va_mapping(a[0], a[1], a[2]);
    case __HYPERVISOR_memory_op:
        return hc_memory_op(a[0], a[1]);
    }
    abort();
}

long fake_hypercall(unsigned int nr, const uint64_t args[6], void (*between)(void *), void *ctx)
{
    struct vcpu *v = current;
    uint64_t a[6];
    long rc;

    memcpy(a, args, sizeof(a));
    while ((rc = call(nr, a)) == HYPERCALL_CONTINUED) {
        if (fake_continuation.nr != nr)
            abort();
        memcpy(a, fake_continuation.args, fake_continuation.nargs * sizeof(a[0]));
        if (between)
            between(ctx);
        fake_run(v);
    }
    return rc;
}

mfn_t fake_pinned;

void grant_recount(struct domain *d, void (*add)(mfn_t, unsigned int, unsigned int))
{
    if (fake_pinned && frame_of(fake_pinned)->owner == d)
        add(fake_pinned, 1, 1);
}

struct domain *fake_domain(domid_t id, unsigned int vcpus, unsigned int max_pages)
{
    struct domain *d = calloc(1, sizeof(*d));

    d->id = id;
    d->max_vcpus = vcpus;
    d->max_pages = max_pages;
    d->state = DOMAIN_RUNNING;
    d->pcpu_mask = (1ul << FAKE_PCPUS) - 1;
    domain_table[id] = d;
    for (unsigned int i = 0; i < vcpus; i++) {
        struct vcpu *v = memset(aligned_alloc(_Alignof(struct vcpu), sizeof(*v)), 0, sizeof(*v));

        v->domain = d;
        v->id = i;
        v->kernel_mode = true;
        v->info_mfn = MFN_NONE;
        d->vcpu[i] = v;
    }
    return d;
}

/* What the exit loop does when a vcpu stops running: the pcpu goes to the idle root. */
void fake_leave(struct domain *d)
{
    for (cpu = FAKE_PCPUS; cpu-- > 0;)
        if (current && current->domain == d) {
            current = NULL;
            tlb_load_root(0, true);
        }
    cpu = 0;
}

void fake_free_domain(struct domain *d)
{
    domain_table[d->id] = NULL;
    for (unsigned int i = 0; i < d->max_vcpus; i++)
        free(d->vcpu[i]);
    free(d);
}

void fake_mmu_reset(void);

void fake_reset(void)
{
    static bool once;

    cpu = 0;
    memset(pcpus, 0, sizeof(pcpus));
    for (unsigned int i = 0; i < FAKE_PCPUS; i++)
        pcpus[i].id = i;
    fake_preempt_in = fake_preempt_chance = 0;
    fake_continuation.nr = 0;
    fake_mmu_reset();
    fake_pinned = 0;
    if (once)
        return; /* memory comes back with the domains; the tests check that it does */
    once = true;
    memset(ram, 0xa5, sizeof(ram));
    for (unsigned int i = 0; i < 512; i++)
        idle_root[i] = 0xdead000000000000ul | i << 12 | 3;
    frame_max_mfn = FAKE_FRAMES;
    frame_m2p = m2p;
    memset(m2p, 0xff, sizeof(m2p));
    frame_add_ram(0, FAKE_FRAMES);
    alloc_add_range(16, FAKE_FRAMES);
    pt_init(idle_root, 46);
}
