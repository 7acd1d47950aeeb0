/* SPDX-License-Identifier: MIT */
/* What the hypervisor tells about itself when it has the console's focus. */
#pragma once

struct vcpu;

void debug_key(char c);

/* Set by the rooms above: recounts every reference from scratch (pv/recount.c). */
extern void (*debug_recount_hook)(void);
extern void (*debug_dump_hook)(const struct vcpu *v); /* registers (pv/dump.c) */
