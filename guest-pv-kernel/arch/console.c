/* SPDX-License-Identifier: MIT
 * The console of whichever kind we were given: domain 0 has the hypervisor's own (console_io and
 * VIRQ_CONSOLE), every other domain a ring shared with whoever serves consoles. Before the ring is
 * found, and where there is none, output goes to console_io, which a debug hypervisor shows. */
#include "arch/paravirt.h"
#include "lib/spinlock.h"

#include <xen/io/console.h>

static struct xencons_interface *ring;
static uint16_t console_port;
static struct spinlock console_lock;

static void console_notify(void)
{
    struct evtchn_send op = {.port = console_port};

    HYPERVISOR_event_channel_op(EVTCHNOP_send, &op);
}

static void ring_write(const char *text, size_t n)
{
    while (n) {
        uint32_t prod = ring->out_prod;
        uint32_t cons = __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE);
        uint32_t room = sizeof(ring->out) - (prod - cons);

        if (!room) { /* full: let the other side run */
            console_notify();
            HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
            continue;
        }
        for (; n && room; n--, room--)
            ring->out[prod++ & (sizeof(ring->out) - 1)] = *text++;
        __atomic_store_n(&ring->out_prod, prod, __ATOMIC_RELEASE);
    }
    console_notify();
}

/* A terminal wants carriage returns; the text above never has them. */
static void write_raw(const char *text, size_t n)
{
    if (ring)
        ring_write(text, n);
    else
        HYPERVISOR_console_io(CONSOLEIO_write, (unsigned)n, (void *)text);
}

void console_write(const char *text, size_t n)
{
    bool irq = spin_lock(&console_lock);

    while (n) {
        char out[256];
        unsigned used = 0;

        while (n && used + 2 < sizeof(out)) {
            if (*text == '\n' && ring)
                out[used++] = '\r';
            out[used++] = *text++;
            n--;
        }
        write_raw(out, used);
    }
    spin_unlock(&console_lock, irq);
}

static size_t ring_read(char *to, size_t n)
{
    uint32_t cons = ring->in_cons;
    uint32_t prod = __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE);
    size_t got = 0;

    while (got < n && cons != prod)
        to[got++] = ring->in[cons++ & (sizeof(ring->in) - 1)];
    __atomic_store_n(&ring->in_cons, cons, __ATOMIC_RELEASE);
    if (got)
        console_notify();
    return got;
}

size_t console_read(char *to, size_t n)
{
    long got;

    if (ring)
        return ring_read(to, n);
    got = HYPERVISOR_console_io(CONSOLEIO_read, (unsigned)n, to);
    return got > 0 ? (size_t)got : 0;
}

static void console_event(uint16_t port)
{
    (void)port;
    kernel_console_input();
}

bool event_console_port(uint16_t *port)
{
    struct evtchn_bind_virq op = {.virq = VIRQ_CONSOLE, .vcpu = 0};

    if (ring) {
        *port = console_port;
        return true;
    }
    if (HYPERVISOR_event_channel_op(EVTCHNOP_bind_virq, &op))
        return false;
    *port = (uint16_t)op.port;
    return true;
}

void console_setup(void)
{
    uint16_t port;

    event_setup_cpu();
    if (!machine.domain0 && start_info.console.domU.mfn) {
        console_port = (uint16_t)start_info.console.domU.evtchn;
        ring = frame_address(MACHINE_TO_PHYS[start_info.console.domU.mfn]);
    }
    if (event_console_port(&port))
        event_bind(port, 0, console_event);
}
