/* SPDX-License-Identifier: MIT */
/*
 * Split roots, against Meltdown: while a guest runs, CR3 does not hold its root table but a copy of the pcpu's own, in
 * which of our half there is only what the way in and out touches, and the M2P (memory/mappings.c). Entries from a
 * guest load the root itself, pcpu->cr3, before they do anything else; the ways out load the copy last (entry/root_split.S).
 * Off, which is decided at boot (machine/mitigations.h), none of this costs an instruction.
 *
 * A pcpu has two copies, so that a system call of a guest's user mode, which comes and goes between two roots, copies
 * nothing. copies[].of is the root whose guest half is in the copy. The way out takes a copy only if that is pcpu->cr3,
 * and else has one made (root_split_copy). So what is stale need only be disowned, and its pcpu made to leave its guest
 * (root_split_changed).
 */
#pragma once

#include "lib/types.h"

/* The copy of pcpu->cr3, made if there is none, with its PCID, which is not to keep its translations. No copy is loaded. */
uint64_t root_split_copy(void);

/*
 * Entries of the guest half of this root have changed, or are about to: back when no pcpu runs, or will run, on an older
 * copy. What a removed entry led to can then be given back.
 */
void root_split_changed(uint64_t root);
