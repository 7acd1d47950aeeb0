/* SPDX-License-Identifier: MIT */
/* A hundred ticks a second: an event channel bound to the vcpu's one-shot timer. */
#include "hypercall.h"
#include "kernel.h"

#define TICK_NS 10000000ul
#define vcpu (&shared_info->vcpu_info[0])

volatile uint64_t ticks;
static evtchn_port_t port;
static uint64_t deadline;

static void timer_set(void)
{
    struct vcpu_set_singleshot_timer timer = {.timeout_abs_ns = deadline};

    if (hypercall(vcpu_op, VCPUOP_set_singleshot_timer, 0, &timer))
        panic("no timer");
}

void timer_init(void)
{
    struct callback_register event = {.type = CALLBACKTYPE_event, .address = (uint64_t)trap_stubs + 16 * TIMER};
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER};

    if (hypercall(callback_op, CALLBACKOP_register, &event) ||
        hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind))
        panic("no events");
    port = bind.port;
    __atomic_fetch_and(&shared_info->evtchn_mask[port / 64], ~(1ul << port % 64), __ATOMIC_SEQ_CST);
    hypercall(vcpu_op, VCPUOP_stop_periodic_timer, 0);
    deadline = vcpu->time.system_time + TICK_NS;
    timer_set();
}

static void timer_tick(void)
{
    ticks++;
    deadline += TICK_NS;
    timer_set();
}

/* upcall: first the byte, then the selector, then the bits: what comes meanwhile sets the byte again */
void timer_interrupt(void)
{
    uint64_t words;

    vcpu->evtchn_upcall_pending = 0;
    words = __atomic_exchange_n(&vcpu->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (; words; words &= words - 1) {
        unsigned int word = (unsigned int)__builtin_ctzl(words);
        uint64_t bits = shared_info->evtchn_pending[word] & ~shared_info->evtchn_mask[word];

        for (; bits; bits &= bits - 1) {
            unsigned int bit = (unsigned int)__builtin_ctzl(bits);

            __atomic_fetch_and(&shared_info->evtchn_pending[word], ~(1ul << bit), __ATOMIC_SEQ_CST);
            if (word * 64 + bit == port)
                timer_tick();
        }
    }
}
/* end of upcall */

/* Sleep until so many ticks have passed since boot. Blocking unmasks events, and does not sleep if one is there. */
void timer_wait(uint64_t until)
{
    for (;;) {
        __atomic_store_n(&vcpu->evtchn_upcall_mask, 1, __ATOMIC_SEQ_CST);
        if (ticks >= until)
            break;
        hypercall(sched_op, SCHEDOP_block);
    }
}
