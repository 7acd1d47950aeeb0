/* SPDX-License-Identifier: MIT */
/*
 * Segment descriptors of guests. Their GDT and LDT pages are typed FRAME_SEGDESC: every descriptor in them has been
 * checked, and no guest can write them but through update_descriptor.
 */
#ifndef PARAVANE_PV_DESCRIPTORS_H
#define PARAVANE_PV_DESCRIPTORS_H

#include "domain/vcpu.h"

/*
 * Makes a descriptor safe or says it cannot be: code and data segments and call gates to ring 3 get DPL 3, absent ones
 * are harmless, other system segments and gates are refused.
 */
bool descriptor_fix(uint64_t *desc);

/* MMUEXT_SET_LDT, for the current vcpu. Pages are taken when the CPU first needs one. 0 or a refusal. */
long descriptors_set_ldt(struct vcpu *v, uint64_t va, uint32_t entries);
void descriptors_drop_ldt_frames(struct vcpu *v); /* they are looked up anew */

/* GDT of a vcpu that is being set up or is current: frames are checked and taken, the old ones given back. */
long descriptors_set_gdt(struct vcpu *v, const uint64_t *frames, uint32_t entries);

void descriptors_load(struct vcpu *v);            /* into this CPU */
void descriptors_release(struct vcpu *v);         /* the vcpu ends */

/* A fault in the LDT's place in our address space: true if it has been seen to (mapped, or bounced to the guest). */
bool descriptors_ldt_fault(struct vcpu *v, struct regs *regs, uint64_t va);

#endif
