/* SPDX-License-Identifier: MIT */
/*
 * Who is watched, the counts, and the ring of each pcpu (trace.h). A ring holds records as Xen's trace buffers do, so
 * that xenalyze reads them; the oldest make room. Only its own pcpu writes to a ring; whoever reads it while that goes
 * on gets some torn records.
 */
#include "domain/trace.h"
#include "domain/console.h"
#include "domain/domain.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "lib/format.h"
#include "machine/insn.h"
#include "machine/pcpu.h"
#include "machine/printk.h"
#include "memory/alloc.h"

/* Xen's: event in [27:0], number of words that follow in [30:28], and [31]: the time stands between. */
enum {
    RUNSTATE_CHANGE = 0x21001, /* | old << 8 | new << 4 */
    RUNSTATE_STARTS = RUNSTATE_CHANGE | RUNSTATE_runnable << 8 | RUNSTATE_running << 4,
    PV_TRAP64 = 0x201103,
    PV_PAGE_FAULT64 = 0x201104,
    PV_HYPERCALL_V2 = 0x20100d,
    PV_HYPERCALL_SUBCALL = 0x20200e
};
#define EXTRA_SHIFT 28
#define HAS_TIME    (1u << 31)
#define HEAD_WORDS  3u

#define RING_ORDER 3u
#define RING_WORDS ((PAGE_SIZE << RING_ORDER) / sizeof(uint32_t))
#define DUMP_WORDS 16u /* on a line */
#define NOBODY     (~0u)

static struct trace_ring {
    uint32_t *word;           /* RING_WORDS of them; NULL: nobody was ever watched */
    uint64_t first, next;     /* running freely */
    uint64_t spent;           /* ticks on watching itself */
    const struct vcpu *vcpu;  /* whose calls the latest records are: that of the last RUNSTATE_STARTS */
    uint32_t first_who;       /* and the oldest: what its RUNSTATE_STARTS said before it had to make room */
} trace_rings[PCPU_MAX];

/* --- the ring ------------------------------------------------------------------------------------------------- */

static void record(uint32_t event, const uint32_t *words, unsigned int n, uint64_t time)
{
    struct trace_ring *r = &trace_rings[this_cpu()->id];
    const uint32_t head[HEAD_WORDS] = {event | n << EXTRA_SHIFT | HAS_TIME, (uint32_t)time, (uint32_t)(time >> 32)};

    while (r->next + HEAD_WORDS + n - r->first > RING_WORDS) {
        uint32_t oldest = r->word[r->first % RING_WORDS];

        if ((oldest & 0xffff) == (RUNSTATE_STARTS & 0xffff))
            r->first_who = r->word[(r->first + HEAD_WORDS) % RING_WORDS];
        r->first += HEAD_WORDS + (oldest >> EXTRA_SHIFT & 7);
    }
    for (unsigned int i = 0; i < HEAD_WORDS + n; i++)
        r->word[r->next++ % RING_WORDS] = i < HEAD_WORDS ? head[i] : words[i - HEAD_WORDS];
}

void trace_runstate(const struct vcpu *v, uint32_t old, uint32_t new)
{
    struct trace_ring *r = &trace_rings[this_cpu()->id];
    const uint32_t who = (uint32_t)v->domain->id << 16 | v->id;

    record(RUNSTATE_CHANGE | old << 8 | new << 4, &who, 1, rdtsc());
    if (new == RUNSTATE_running)
        r->vcpu = v;
    else if (r->vcpu == v)
        r->vcpu = NULL;
}

/* Records other than those say not whose they are. */
static void tell_whose(void)
{
    if (trace_rings[this_cpu()->id].vcpu != current) /* it ran already when somebody began to watch */
        trace_runstate(current, RUNSTATE_runnable, RUNSTATE_running);
}

void trace_trap(const struct regs *r)
{
    uint64_t cr2 = read_cr2();
    const uint32_t fault[] = {(uint32_t)r->rip, r->rip >> 32, (uint32_t)cr2, cr2 >> 32, r->error_code};
    const uint32_t trap[] = {(uint32_t)r->rip, r->rip >> 32, r->entry_vector | 1u << 15 | r->error_code << 16};

    if (r->entry_vector >= 32 && r->entry_vector != 0x80)
        return; /* an interrupt is none of the guest's business */
    tell_whose();
    if (r->entry_vector == 14)
        record(PV_PAGE_FAULT64, fault, ARRAY_SIZE(fault), rdtsc());
    else
        record(PV_TRAP64, trap, ARRAY_SIZE(trap), rdtsc());
}

void trace_dump_rings(void)
{
    for (uint32_t cpu = 0; cpu < pcpu_count; cpu++) {
        const struct trace_ring *r = &trace_rings[cpu];
        uint64_t next = r->next;

        printk("trace: pcpu %u, whose %08x, %lu words", cpu, r->first ? r->first_who : NOBODY, next - r->first);
        for (uint64_t at = r->first; at < next; at += DUMP_WORDS) {
            char line[DUMP_WORDS * 9 + 1];
            size_t n = 0;

            for (uint64_t i = at; i < min(at + DUMP_WORDS, next); i++)
                n += format(line + n, sizeof(line) - n, " %08x", r->word[i % RING_WORDS]);
            console_wait();
            printk("trace:%s", line);
        }
    }
}

/* --- calls ------------------------------------------------------------------------------------------------------ */

void trace_begin(struct trace_call *c)
{
    struct pcpu *cpu = this_cpu();
    struct trace_ring *ring = &trace_rings[cpu->id];
    uint64_t now = rdtsc();
    uint32_t words[TRACE_WORDS];

    c->in_multicall = cpu->vcpu->in_multicall;
    c->rip = guest_regs()->rip;
    c->row = cpu->refusal;
    cpu->refusal = REFUSAL_none;
    tell_whose();
    record(c->in_multicall ? PV_HYPERCALL_SUBCALL : PV_HYPERCALL_V2, words, trace_pack(c, words), now);
    c->start = rdtsc();
    ring->spent += c->start - now;
    c->spent = ring->spent;
}

void trace_end(struct trace_call *c, long result)
{
    struct pcpu *cpu = this_cpu();
    struct trace_ring *ring = &trace_rings[cpu->id];
    struct vcpu *v = cpu->vcpu;
    struct trace_counts *counts = &v->domain->trace_counts;
    uint32_t row = cpu->refusal;
    uint64_t now = rdtsc();

    c->ticks = now - c->start - (ring->spent - c->spent);
    if (!row || c->in_multicall) /* the multicall around it has not been refused */
        cpu->refusal = c->row;
    c->row = row;
    c->continued = c->in_multicall ? v->multicall_left : guest_regs()->rip == c->rip - 2 && c->nr != __HYPERVISOR_iret;
    if (!c->continued)
        __atomic_fetch_add((c->row ? counts->refused : counts->ok) + c->nr, 1, __ATOMIC_RELAXED);
    if (v->domain->trace == TRACE_ON)
        trace_print(v, c, result);
    ring->spent += rdtsc() - now;
}

void trace_show_counts(void)
{
    for (uint32_t id = 0; id < DOMAIN_MAX; id++) {
        const struct trace_counts *counts = domain_table[id] ? &domain_table[id]->trace_counts : NULL;

        for (uint32_t nr = 0; counts && nr < HYPERCALL_COUNT; nr++) {
            if (counts->ok[nr] || counts->refused[nr])
                printk("d%u %s: %lu ok, %lu refused", id, refuse_call_name(nr), counts->ok[nr], counts->refused[nr]);
        }
    }
}

/* --- who is watched --------------------------------------------------------------------------------------------- */

void (*trace_table_hook)(bool on);

bool trace_set(struct domain *d, enum trace_mode mode)
{
    bool any = false;

    for (uint32_t cpu = 0; cpu < pcpu_count && mode != TRACE_OFF; cpu++) {
        if (!trace_rings[cpu].word)
            trace_rings[cpu].word = alloc_bytes(PAGE_SIZE << RING_ORDER);
        if (!trace_rings[cpu].word)
            return false;
    }
    d->trace = mode;
    for (uint32_t i = 0; i < d->max_vcpus; i++)
        d->vcpu[i]->watched = mode != TRACE_OFF;
    for (uint32_t id = 0; id < DOMAIN_MAX; id++)
        any |= domain_by_id((domid_t)id) && domain_table[id]->trace != TRACE_OFF;
    trace_table_hook(any);
    return true;
}

void trace_key(enum trace_mode mode)
{
    static uint32_t at = DOMAIN_MAX + 1; /* domid; DOMAIN_MAX: all; then none */

    do
        at = (at + 1) % (DOMAIN_MAX + 2);
    while (at < DOMAIN_MAX && !domain_by_id((domid_t)at));
    for (uint32_t id = 0; id < DOMAIN_MAX; id++) {
        if (domain_by_id((domid_t)id) && !trace_set(domain_table[id], at == id || at == DOMAIN_MAX ? mode : TRACE_OFF))
            printk("no memory to watch d%u", id);
    }
    if (at < DOMAIN_MAX)
        printk("watching d%u (%s)", at, domain_table[at]->name);
    else
        printk(at == DOMAIN_MAX ? "watching all domains" : "watching nobody");
}
