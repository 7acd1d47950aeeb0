/* SPDX-License-Identifier: MIT */
/*
 * The shared serial line (console.h). pump_lock guards the focus, domain 0's input buffer and our ends of the PV rings;
 * it stands above the evtchn lock, because input sends events, and above the console lock. A ring's page is the
 * guest's to scribble on: indices are read once and only ever used masked.
 */
#include "domain/console.h"
#include "domain/debug_keys.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/bits.h"
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
static char typed[CONSOLE_INPUT_MAX];  /* for domain 0 */
static uint32_t typed_in, typed_out;
static uint32_t rings;                 /* domains with a PV ring, a bit each */

static_assert(DOMAIN_MAX <= 32, "a bit for each domain");

void console_init(void)
{
    console_input_hook = console_pump;
}

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

/* Under pump_lock. Patient: wait for the line, as the domain will not be there when there is room. */
static void drain_ring(struct domain *d, unsigned int patience)
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
        if (console_guest_write(d, chunk, n)) {
            cons += n;
        } else if (patience) {
            patience--;
            console_lock();
            serial_service();
            console_unlock();
        } else {
            break; /* the transmitter's interrupt brings us back */
        }
    }
    if (cons != start) {
        __atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
        evtchn_notify(d, d->console_port);
    }
}

/* --- input ---------------------------------------------------------------------------------------------------- */

static bool has_console(uint32_t id)
{
    struct domain *d = domain_by_id((domid_t)id);

    return d && d->state == DOMAIN_RUNNING && (d->privileged || d->console_ring);
}

static void pass_focus_on(bool also_to_us)
{
    uint32_t next = focus;

    do
        next = (next + 1) % (DOMAIN_MAX + 1);
    while (next != focus && !(next == FOCUS_US ? also_to_us : has_console(next)));
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
    struct domain *d = domain_by_id((domid_t)focus);
    const struct xencons_interface *ring = d ? d->console_ring : NULL;

    if (d && d->privileged)
        return typed_in - typed_out + SWITCH_COUNT < CONSOLE_INPUT_MAX;
    return !ring || read_once(ring->in_prod) - read_once(ring->in_cons) + SWITCH_COUNT < sizeof(ring->in);
}

/* True if a domain is to be told. */
static bool take(char c)
{
    struct domain *d = domain_by_id((domid_t)focus);

    if (focus == FOCUS_US) {
        debug_key(c);
    } else if (d && d->privileged) {
        typed[typed_in++ % CONSOLE_INPUT_MAX] = c;
        return true;
    } else if (d && d->console_ring) {
        uint32_t prod = read_once(d->console_ring->in_prod);

        d->console_ring->in[MASK_XENCONS_IDX(prod, d->console_ring->in)] = c;
        __atomic_store_n(&d->console_ring->in_prod, prod + 1, __ATOMIC_RELEASE);
        return true;
    }
    return false;
}

static void tell(uint32_t id)
{
    struct domain *d = domain_by_id((domid_t)id);

    if (d && d->privileged)
        evtchn_send_global_virq(VIRQ_CONSOLE);
    else if (d && d->console_ring)
        evtchn_notify(d, d->console_port);
}

/* Up to two Ctrl-A are held back until it is known that they are not the first of three. */
static bool key(char c)
{
    bool news = false;

    if (c == SWITCH_KEY) {
        if (++switch_keys == SWITCH_COUNT) {
            switch_keys = 0;
            pass_focus_on(true);
            say_focus();
        }
        return false;
    }
    for (; switch_keys; switch_keys--)
        news |= take(SWITCH_KEY);
    return take(c) || news;
}

static void pump_input(void)
{
    for (;;) {
        uint32_t to = focus;
        bool news = false;
        int c = -1;

        while (focus == to && focus_has_room()) {
            console_lock();
            c = serial_read();
            console_unlock();
            if (c < 0)
                break;
            news |= key((char)c);
        }
        if (news)
            tell(to);
        if (c < 0 || focus == to)
            return;
    }
}

void console_pump(void)
{
    /* Whoever holds it is at it; what came since will be seen at the next interrupt or call. */
    if (!spin_trylock(&pump_lock))
        return;
    pump_input();
    for (uint32_t left = rings; left; left &= left - 1)
        drain_ring(domain_table[bit_lowest(left)], 0);
    spin_unlock(&pump_lock);
}

size_t console_guest_read(char *buf, size_t n)
{
    size_t got = 0;

    spin_lock(&pump_lock);
    while (got < n && typed_out != typed_in)
        buf[got++] = typed[typed_out++ % CONSOLE_INPUT_MAX];
    pump_input(); /* there may be more, held back for want of room */
    spin_unlock(&pump_lock);
    return got;
}

void console_guest_end(struct domain *d)
{
    spin_lock(&pump_lock);
    if (d->console_ring)
        drain_ring(d, 1000000);
    d->console_ring = NULL;
    rings &= ~(1u << d->id);
    console_lock();
    if (d->console_len)
        write_line(d);
    console_unlock();
    if (focus == d->id)
        pass_focus_on(false);
    spin_unlock(&pump_lock);
}

/* --- the PV ring's far end -------------------------------------------------------------------------------------- */

static void ring_event(struct domain *d UNUSED, evtchn_port_t port UNUSED)
{
    console_pump();
}

bool console_attach_ring(struct domain *d)
{
    d->console_port = evtchn_alloc_xen(d, ring_event);
    rings |= 1u << d->id;
    return d->console_port != 0;
}
