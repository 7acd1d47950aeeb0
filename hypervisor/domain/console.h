/* SPDX-License-Identifier: MIT */
/*
 * Sharing the serial line. Input goes to whoever has the focus: a domain, or the hypervisor itself (debug keys).
 * Three Ctrl-A in a row pass it on. Output of the focused domain is raw, so that an interactive shell works; other
 * domains' output comes in whole lines prefixed by `[NAME] `. While the hypervisor has the focus, the domain that had
 * it last stays raw.
 *
 * A privileged domain 0 is served by console_io and VIRQ_CONSOLE, others by their PV console ring (and console_io
 * writes).
 */
#pragma once

#include "lib/types.h"
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/io/console.h>

struct domain;

/* printk.h's console_input_hook: input to who has the focus, output of PV rings to the line. */
void console_pump(void);
bool console_guest_write(struct domain *d, const char *s, size_t n); /* at most 128; false: no room now, try later */
size_t console_guest_read(char *buf, size_t n);                      /* what was typed for domain 0 */
void console_wait(void); /* until there is room for a few lines */
void console_guest_end(struct domain *d); /* it ends: print its unfinished line, pass the focus on */

/* A PV console ring in d->console_mfn, whose page is held. d->console_port gets a far end of ours; false: no port. */
bool console_attach_ring(struct domain *d);
