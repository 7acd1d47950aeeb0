/* SPDX-License-Identifier: MIT
 * Time. Reading it costs no hypercall: the hypervisor publishes, per vcpu, the system time at one
 * TSC value and the scale from there (pvclock), and the wall clock of system time zero. The timer
 * is one shot at an absolute time. Invariant: a value is used only if its version was even and
 * unchanged. */
#include "arch/paravirt.h"
#include "lib/print.h"

static bool have_singleshot;

static uint64_t tsc_read(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t clock_scale(uint64_t ticks, int shift, uint32_t multiplier)
{
    ticks = shift < 0 ? ticks >> -shift : ticks << shift;
    return (uint64_t)(((unsigned __int128)ticks * multiplier) >> 32);
}

uint64_t clock_now(void)
{
    bool irq = irq_save();
    const volatile struct vcpu_time_info *t = &this_cpu()->info.time;
    uint64_t now;
    uint32_t version;

    do {
        version = t->version;
        __asm__ volatile("" ::: "memory");
        now = t->system_time +
              clock_scale(tsc_read() - t->tsc_timestamp, t->tsc_shift, t->tsc_to_system_mul);
        __asm__ volatile("" ::: "memory");
    } while ((version & 1) || version != t->version);
    irq_restore(irq);
    return now;
}

uint64_t clock_wall_seconds(void)
{
    const volatile struct shared_info *s = SHARED_INFO;
    uint64_t seconds, ns;
    uint32_t version;

    do {
        version = s->wc_version;
        __asm__ volatile("" ::: "memory");
        seconds = (uint64_t)s->wc_sec_hi << 32 | s->wc_sec;
        ns = s->wc_nsec;
        __asm__ volatile("" ::: "memory");
    } while ((version & 1) || version != s->wc_version);
    return seconds + (ns + clock_now()) / 1000000000;
}

void clock_set_timer(uint64_t deadline)
{
    struct vcpu_set_singleshot_timer op = {.timeout_abs_ns = deadline};

    if (have_singleshot)
        HYPERVISOR_vcpu_op(VCPUOP_set_singleshot_timer, this_cpu()->id, &op);
    else
        HYPERVISOR_set_timer_op(deadline);
}

static void clock_tick(uint16_t port)
{
    (void)port;
    kernel_timer();
}

void clock_setup_cpu(void)
{
    struct cpu *c = this_cpu();
    struct evtchn_bind_virq op = {.virq = VIRQ_TIMER, .vcpu = c->id};

    HYPERVISOR_vcpu_op(VCPUOP_stop_periodic_timer, c->id, NULL);
    if (HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &op))
        panic("no timer for cpu %u", c->id);
    c->timer_port = (uint16_t)op.port;
    event_bind(c->timer_port, c->id, clock_tick);
}

void clock_setup(void)
{
    /* Asking to stop a timer tells whether the newer interface is there at all. */
    have_singleshot = HYPERVISOR_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL) == 0;
    clock_setup_cpu();
}
