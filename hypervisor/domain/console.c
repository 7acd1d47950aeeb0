/* SPDX-License-Identifier: MIT */
/*
 * The shared serial line (console.h). pump_lock guards the focus, domain 0's input ring and our ends of the PV rings;
 * it stands above the evtchn lock, because input sends events, and above the console lock. A ring's page is the
 * guest's to scribble on: indices are read once and only ever used masked.
 */
#include "domain/console.h"
#include "domain/debug_keys.h"
#include "domain/domain.h"
#include "lib/string.h"
#include "machine/printk.h"
#include "machine/serial.h"
#include "memory/alloc.h"

#define SWITCH_KEY   1   /* Ctrl-A */
#define SWITCH_COUNT 3
#define CHUNK        128u
#define FOCUS_US     DOMAIN_MAX

static spinlock_t pump_lock;
static uint32_t focus;                 /* domid, or FOCUS_US */
static uint32_t raw;                   /* the domain whose output is not prefixed */
static unsigned int switch_keys;       /* pressed in a row */
static struct xencons_interface typed; /* for domain 0: a ring as the others have it, but both ends are ours */

/* --- output --------------------------------------------------------------------------------------------------- */

/* Under the console lock. Lines of a domain that is not in focus, each whole and with its name. */
static void write_line(struct domain *d)
{
    console_write("[", 1);
    console_write(d->name, strlen(d->name));
    console_write("] ", 2);
    console_write(d->console_line, d->console_len);
    console_write("\n", 1);
    d->console_len = 0;
}

static void write_lines(struct domain *d, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\r')
            continue;
        if (s[i] != '\n')
            d->console_line[d->console_len++] = s[i];
        if (s[i] == '\n' || d->console_len == sizeof(d->console_line))
            write_line(d);
    }
}

bool console_guest_write(struct domain *d, const char *s, size_t n)
{
    bool room;

    console_lock();
    /* At worst every character is a line of its own, with a name before it; the usual case is far from that. */
    room = serial_room() >= 4 * CHUNK;
    if (room && raw == d->id) {
        if (d->console_len)
            write_line(d);
        console_write(s, n);
    } else if (room) {
        write_lines(d, s, n);
    }
    console_unlock();
    return room;
}

void console_wait(void)
{
    for (unsigned int i = 0; i < 1000000 && serial_room() < 8 * CHUNK; i++) { /* the bound is for a UART that lies */
        console_lock();
        serial_service();
        console_unlock();
        spin_poll();
    }
}

/* Under pump_lock. Patient: wait for the line, as the domain will not be there when there is room. */
static void drain_ring(struct domain *d, bool patient)
{
    struct xencons_interface *ring = d->console_ring;
    uint32_t cons = ring->out_cons, prod = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE), start = cons;
    char chunk[CHUNK];

    if (prod - cons > sizeof(ring->out))
        cons = prod; /* nonsense: what it holds is nothing we could print */
    while (cons != prod) {
        uint32_t n = min(prod - cons, CHUNK);

        for (uint32_t i = 0; i < n; i++)
            chunk[i] = ring->out[MASK_XENCONS_IDX(cons + i, ring->out)];
        if (patient)
            console_wait();
        if (!console_guest_write(d, chunk, n))
            break; /* the transmitter's interrupt brings us back */
        cons += n;
    }
    if (cons != start) {
        __atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
        evtchn_notify(d, d->console_port);
    }
}

/* --- input ---------------------------------------------------------------------------------------------------- */

/* NULL: it has no console, or is no domain. */
static struct xencons_interface *input_of(uint32_t id)
{
    struct domain *d = domain_by_id((domid_t)id);

    return !d || d->state != DOMAIN_RUNNING ? NULL : d->privileged ? &typed : d->console_ring;
}

static void pass_focus_on(bool also_to_us)
{
    uint32_t next = focus;

    do
        next = (next + 1) % (DOMAIN_MAX + 1);
    while (next != focus && !(next == FOCUS_US ? also_to_us : input_of(next) != NULL));
    focus = next;
    if (next != FOCUS_US)
        raw = next;
}

static void say_focus(void)
{
    if (focus == FOCUS_US)
        printk("*** input to the hypervisor: h for help, Ctrl-A three times to switch");
    else
        printk("*** input to d%u (%s): Ctrl-A three times to switch", focus, domain_table[focus]->name);
}

static bool focus_has_room(void)
{
    const struct xencons_interface *ring = input_of(focus);

    return !ring || read_once(ring->in_prod) - read_once(ring->in_cons) + SWITCH_COUNT < sizeof(ring->in);
}

static void take(char c)
{
    struct xencons_interface *ring = input_of(focus);
    uint32_t prod;

    if (focus == FOCUS_US)
        debug_key(c);
    if (!ring)
        return;
    prod = read_once(ring->in_prod);
    ring->in[MASK_XENCONS_IDX(prod, ring->in)] = c;
    __atomic_store_n(&ring->in_prod, prod + 1, __ATOMIC_RELEASE);
    if (ring == &typed)
        evtchn_send_global_virq(VIRQ_CONSOLE);
    else
        evtchn_notify(domain_table[focus], domain_table[focus]->console_port);
}

/* Up to two Ctrl-A are held back until it is known that they are not the first of three. */
static void key(char c)
{
    if (c != SWITCH_KEY) {
        for (; switch_keys; switch_keys--)
            take(SWITCH_KEY);
        take(c);
    } else if (++switch_keys == SWITCH_COUNT) {
        switch_keys = 0;
        pass_focus_on(true);
        say_focus();
    }
}

static void pump_input(void)
{
    int c = 0;

    while (c >= 0 && focus_has_room()) {
        console_lock();
        c = serial_read();
        console_unlock();
        if (c >= 0)
            key((char)c);
    }
}

void console_pump(void)
{
    /* Whoever holds it is at it; what came since will be seen at the next interrupt or call. */
    if (!spin_trylock(&pump_lock))
        return;
    pump_input();
    for (uint32_t id = 0; id < DOMAIN_MAX; id++)
        if (domain_table[id] && domain_table[id]->console_ring)
            drain_ring(domain_table[id], false);
    spin_unlock(&pump_lock);
}

size_t console_guest_read(char *buf, size_t n)
{
    size_t got = 0;
    SPIN_GUARD(&pump_lock);

    while (got < n && typed.in_cons != typed.in_prod)
        buf[got++] = typed.in[MASK_XENCONS_IDX(typed.in_cons++, typed.in)];
    pump_input(); /* there may be more, held back for want of room */
    return got;
}

void console_guest_end(struct domain *d)
{
    SPIN_GUARD(&pump_lock);

    if (d->console_ring) {
        drain_ring(d, true);
        d->console_ring = NULL;
        frame_put_writable(frame_of(d->console_mfn));
        frame_put(frame_of(d->console_mfn));
    }
    console_lock();
    if (d->console_len)
        write_line(d);
    console_unlock();
    if (focus == d->id)
        pass_focus_on(false);
}

/* --- the PV ring's far end -------------------------------------------------------------------------------------- */

bool console_attach_ring(struct domain *d)
{
    struct frame *page = frame_of(d->console_mfn);

    /* Written to by us until the domain ends, whatever it does with the page meanwhile. */
    if (!frame_get(page, d) || !frame_get_writable(page))
        return false;
    d->console_ring = mfn_ptr(d->console_mfn);
    SPIN_GUARD(&evtchn_lock);

    d->console_port = evtchn_take_port(d, (struct evtchn){.state = EVTCHNSTAT_interdomain, .xen_end = true});
    return d->console_port != 0;
}
