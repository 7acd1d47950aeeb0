/* SPDX-License-Identifier: MIT */
/*
 * FPU and vector state, saved and restored eagerly. The save area holds all components the CPU has,
 * whatever part of them a guest has enabled in its xcr0, so that nothing of another guest stays
 * behind in the registers.
 */
#pragma once

#include "lib/types.h"

extern uint64_t fpu_xcr0; /* all components we support; 0: no XSAVE */
extern size_t fpu_size;   /* bytes of a save area, which is 64-byte aligned; at most a few KiB */

void fpu_detect(void);
void fpu_setup(void);           /* on every pcpu */
void fpu_init_area(void *area); /* the state after FNINIT */

void fpu_save(void *area);
void fpu_restore(const void *area);

/* Legacy state from the 512 bytes of an FXSAVE image (vcpu_guest_context.fpu_ctxt). */
void fpu_import_fxsave(void *area, const void *image);

/* The guest's xcr0 is part of its save area: false if it is no legal subset; loads it too if
 * `live`. */
bool fpu_set_xcr0(void *area, uint64_t xcr0, bool live);
