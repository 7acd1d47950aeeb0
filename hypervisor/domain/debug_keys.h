/* SPDX-License-Identifier: MIT */
/* What the hypervisor tells about itself when it has the console's focus. */
#ifndef PARAVANE_DOMAIN_DEBUG_KEYS_H
#define PARAVANE_DOMAIN_DEBUG_KEYS_H

void debug_key(char c);

/* Set by the rooms above: recounts every reference from scratch (pv/recount.c). */
extern void (*debug_recount_hook)(void);

#endif
