/* SPDX-License-Identifier: MIT */
/*
 * A machine to test memory/ and pv/ on, in host memory: some RAM with its frame table and M2P, two pcpus with TLBs
 * that remember as much as any hardware might, domains with vcpus, and preemption where the test wants it.
 */
#ifndef UNIT_FAKE_FAKE_H
#define UNIT_FAKE_FAKE_H

#include "lib/types.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "machine/pcpu.h"
#include "memory/alloc.h"
#include "memory/frame.h"

#define FAKE_FRAMES 1024u
#define FAKE_PCPUS  2u

/* Everything new: RAM filled with rubbish, all of it but the first 16 frames given to the allocator. */
void fake_reset(void);

struct domain *fake_domain(domid_t id, unsigned int vcpus, unsigned int max_pages);
void fake_leave(struct domain *d);       /* no vcpu of it runs any more */
void fake_free_domain(struct domain *d); /* its pages are gone already */

/* vcpu n runs on pcpu n; what follows is executed there. */
void fake_run(struct vcpu *v);

/* The n-th preempt_check() from now says yes (0: none does). */
extern unsigned int fake_preempt_in;
/* Or each does with this chance out of 256, by this generator. */
extern unsigned int fake_preempt_chance;
extern uint64_t fake_random_state;
extern unsigned long fake_preempt_checks; /* asked so far */

/* What hypercall_continue() was given last. */
extern struct fake_continuation {
    unsigned int nr, nargs;
    uint64_t args[6];
} fake_continuation;

/* Calls nr with args, again as long as it wants to be continued; between(ctx) is called each time it gave way. */
long fake_hypercall(unsigned int nr, const uint64_t args[6], void (*between)(void *), void *ctx);

/* The row that refused last, dotted id ("" if none since). */
const char *fake_refusal(void);
void fake_forget_refusal(void);
extern bool fake_tell; /* print refusals */

extern mfn_t fake_pinned;          /* a frame that a grant holds, writable; 0: none */
extern unsigned long fake_flushes; /* full flushes of a pcpu */

/*
 * The MMU at its worst: each pcpu has walked everything reachable from its vcpu's roots and from every table it still
 * has cached, and remembers it until it is flushed. fake_mmu_check() adds what is reachable now, then says what is
 * wrong: a page table or descriptor page that can be written, a table used at another level than it was checked for,
 * anything of another domain's, ours or free that is reached writable. Returns how many.
 */
unsigned int fake_mmu_check(void);

#endif
