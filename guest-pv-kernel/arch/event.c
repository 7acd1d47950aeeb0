/* SPDX-License-Identifier: MIT
 * Two-level event channels: our interrupt controller. A bit per port in shared_info, a selector
 * word and a pending byte per vcpu. Invariant: a port is served only by the cpu it is bound to,
 * although another port of the same word may wake a different one. */
#include "arch/paravirt.h"
#include "lib/print.h"

#define WORDS 64
#define PORTS (WORDS * 64)

static event_handler handlers[PORTS];
static uint64_t owned[MAX_CPUS][WORDS];

void irq_force_upcall(void)
{
    HYPERVISOR_xen_version(XENVER_version, NULL); /* any hypercall delivers on its way back */
}

void event_mask(uint16_t port)
{
    __atomic_or_fetch(&SHARED_INFO->evtchn_mask[port / 64], 1UL << port % 64, __ATOMIC_SEQ_CST);
}

/* Clearing the bit ourselves could lose an event that came while masked; the hypervisor looks. */
void event_unmask(uint16_t port)
{
    struct evtchn_unmask op = {.port = port};

    if (HYPERVISOR_event_channel_op(EVTCHNOP_unmask, &op))
        panic("event channel %u cannot be unmasked", port);
}

void event_bind(uint16_t port, unsigned cpu, event_handler handler)
{
    handlers[port] = handler;
    for (unsigned i = 0; i < MAX_CPUS; i++)
        __atomic_and_fetch(&owned[i][port / 64], ~(1UL << port % 64), __ATOMIC_SEQ_CST);
    __atomic_or_fetch(&owned[cpu][port / 64], 1UL << port % 64, __ATOMIC_SEQ_CST);
    event_unmask(port);
}

static void event_serve(unsigned cpu, unsigned word)
{
    for (;;) {
        uint64_t ready = SHARED_INFO->evtchn_pending[word] & ~SHARED_INFO->evtchn_mask[word] &
                         owned[cpu][word];
        unsigned bit;

        if (!ready)
            return;
        bit = (unsigned)__builtin_ctzl(ready);
        __atomic_and_fetch(&SHARED_INFO->evtchn_pending[word], ~(1UL << bit), __ATOMIC_SEQ_CST);
        if (handlers[word * 64 + bit])
            handlers[word * 64 + bit]((uint16_t)(word * 64 + bit));
    }
}

/* Clear the pending byte before looking at the selector: an event that comes later sets it again,
 * and the loop or the return sees it. */
void event_dispatch(void)
{
    struct cpu *c = this_cpu();

    c->upcalls++;
    do {
        uint64_t selector;

        c->info.evtchn_upcall_pending = 0;
        selector = __atomic_exchange_n(&c->info.evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
        for (; selector; selector &= selector - 1)
            event_serve(c->id, (unsigned)__builtin_ctzl(selector));
    } while (__atomic_load_n(&c->info.evtchn_upcall_pending, __ATOMIC_SEQ_CST));
}

static void event_kicked(uint16_t port)
{
    (void)port;
    this_cpu()->need_resched = true;
}

/* Every vcpu needs one port by which the others can interrupt it. Ports start masked. */
void event_setup_cpu(void)
{
    struct cpu *c = this_cpu();
    struct evtchn_bind_ipi op = {.vcpu = c->id};

    if (c->id == 0)
        for (unsigned i = 0; i < WORDS; i++)
            SHARED_INFO->evtchn_mask[i] = ~0UL;
    if (HYPERVISOR_event_channel_op(EVTCHNOP_bind_ipi, &op))
        panic("no IPI event channel for cpu %u", c->id);
    c->ipi_port = (uint16_t)op.port;
    event_bind(c->ipi_port, c->id, event_kicked);
}

void cpu_kick(unsigned id)
{
    struct evtchn_send op = {.port = cpus[id].ipi_port};

    HYPERVISOR_event_channel_op(EVTCHNOP_send, &op);
}
