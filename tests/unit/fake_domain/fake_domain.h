/* SPDX-License-Identifier: MIT */
/*
 * What the domain room stands on, in host memory: pcpus the test (or its threads) can be on, a clock it moves, guest
 * memory that is the host's own, a few frames. What printk said last is kept.
 */
#ifndef UNIT_FAKE_DOMAIN_H
#define UNIT_FAKE_DOMAIN_H

#include "unit.h"
#include "domain/domain.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "machine/clock.h"
#include "machine/pcpu.h"
#include "memory/alloc.h"
#include <abi/hypercall_prototypes.h>

#define FAKE_PCPUS  4
#define FAKE_FRAMES 64
#define BAD_POINTER 0xffff800000000000ul

void fake_domain_reset(unsigned int pcpus);
struct domain *fake_domain_new(domid_t id, unsigned int vcpus); /* running, no vcpu up */
void fake_domain_free_all(void);                                 /* and fails if pages are left over */
int fake_domain_end(void **state);                               /* a test's teardown: that, with nobody current */

void fake_on(unsigned int pcpu);          /* this thread is that pcpu now */
void fake_current(struct vcpu *v);        /* and runs this vcpu */
void fake_up(struct vcpu *v);
struct vcpu *fake_switch(void);           /* what exit.c does with sched_pick on this pcpu */

extern volatile unsigned int fake_kicks[FAKE_PCPUS];
extern uint64_t fake_timer[FAKE_PCPUS];   /* what the hardware timer was last set to */
extern char fake_said[512];
extern unsigned int fake_lines;
extern unsigned int fake_pumps; /* calls of console_pump() */
extern struct frame fake_frames[FAKE_FRAMES]; /* each with one reference of its own */
#define fake_refs(mfn) ((fake_frames[mfn].refs & FRAME_COUNT_MASK) - 1)

const char *fake_refusal(void);           /* dotted id of the last refusal, "" after fake_forget */
void fake_forget(void);

#endif
