/* SPDX-License-Identifier: MIT */
/*
 * Sharing the serial line. Input goes to whoever has the focus: a domain, or the hypervisor itself (debug keys).
 * Three Ctrl-A in a row pass it on. Output of the focused domain is raw, so that an interactive shell works; other
 * domains' output comes in whole lines prefixed by `[NAME] `, as does every line while the hypervisor has the focus.
 *
 * Domain 0 is served by console_io and VIRQ_CONSOLE, others by their PV console ring (and console_io writes).
 */
#ifndef PARAVANE_DOMAIN_CONSOLE_H
#define PARAVANE_DOMAIN_CONSOLE_H

#include "lib/types.h"
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/io/console.h>

struct domain;

#define CONSOLE_INPUT_MAX 1024u

void console_init(void);                                       /* sets machine/printk.h's console_input_hook */
void console_input(void);                                      /* moves received characters on */
void console_guest_write(struct domain *d, const char *s, size_t n);
size_t console_guest_read(struct domain *d, char *buf, size_t n); /* console_io read: what was typed for domain 0 */
void console_guest_flush(struct domain *d);                    /* an unfinished line, at the end of the domain */

/* A PV console ring: d->console_ring, d->console_port are set. Gives the guest's port a far end of ours. */
bool console_attach_ring(struct domain *d);
void console_ring_event(struct domain *d, evtchn_port_t port);

/* Debug keys with the hypervisor in focus; h lists them. */
void console_debug_key(char c);

#endif
