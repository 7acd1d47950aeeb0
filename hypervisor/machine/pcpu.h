/* SPDX-License-Identifier: MIT */
/*
 * What each physical CPU owns. One 64 KiB-aligned virtual region per pcpu: IST stacks and the main stack, each
 * below an unmapped guard page, and struct pcpu at the very end. So any stack pointer of ours finds its pcpu by
 * masking, and GS is left to the guest.
 *
 *   page  0 guard | 1 NMI | 2 guard | 3 #DF | 4 guard | 5 #MC | 6 guard | 7 #DB | 8 guard | 9..15 main stack, struct pcpu
 *
 * The guest's registers, struct pcpu and the first calls' stack share the last page: after a change of root each page
 * we touch must be walked for anew.
 */
#pragma once

#include "lib/types.h"
#include "machine/layout.h"
#include "machine/regs.h"

#define PCPU_MAX         64
#define ROOT_COPIES      2 /* a guest's kernel root and its user root */

struct domain;
struct vcpu;

struct pcpu {
    struct vcpu *vcpu;         /* `current`: whose registers we return to; NULL: idle */
    const void *hypercalls;    /* the table entry.S calls through (entry/hypercall.c) */
    const void *traps;         /* and the one for a guest's traps (entry/trap.c) */
    uint32_t id;               /* dense number, 0 = boot pcpu */
    uint32_t apic_id;

    /* Flags that handlers set and exit.c's loop acts on; `work` is all of them in one look. */
    union {
        struct {
            volatile bool need_resched;
            volatile bool timer_fired; /* the one-shot timer interrupt has come */
            volatile bool attention;   /* the current vcpu has something rare: an NMI, areas to be written */
            bool unused;
        };
        volatile uint32_t work;
    };

    /* What is loaded in this CPU right now (lazily switched state). */
    uint64_t cr3;              /* our root; where roots are split, not loaded while a guest runs */
    uint64_t again;            /* by PCID: what it is loaded with to keep its translations. 0: without PCID */
    uint64_t kept[2];          /* by PCID: whose translations are kept for user mode, and for kernel mode; 0: none */
    struct vcpu *loaded;       /* vcpu whose segments, GDT and FPU registers are in the CPU; NULL: none */

    struct domain *trained_by; /* whose vcpu ran here last: the branch predictors are its (machine/mitigations.h) */

    /* TLB: monotonic stamp of the last full flush here (see machine/tlb.h). */
    volatile uint64_t tlb_stamp;

    /* Scheduler and timers of this pcpu (domain/sched.c, domain/timer.c). */
    uint64_t slice_end;        /* ns of system time */
    uint64_t timer_deadline;   /* ns for which the hardware timer is set, 0: none */

    /* Roots of guests without our half, where roots are split (machine/root_split.h). */
    struct root_copy {
        volatile uint64_t of;  /* the root that this has the guest's half of, 0: none */
        uint64_t root;
    } copies[ROOT_COPIES];
    uint32_t next_copy;        /* which is made anew next */

    /* The last refusal recorded here (domain/refuse.c). */
    uint32_t refusal;          /* enum refusal_id */
    uint32_t refusal_n;        /* how many values, if the row's own number does not say */
    uint64_t refusal_value[6];
};

static_assert(PCPU_STRUCT_OFF + sizeof(struct pcpu) <= PCPU_REGION_SIZE, "layout.h");

/* The pcpu that runs this code, from the stack it runs on. The host tests have their own (tests/unit/fake). */
#ifndef PARAVANE_FAKE_MACHINE
static inline struct pcpu *this_cpu(void)
{
    uint64_t rsp;
    asm("mov %%rsp, %0" : "=r"(rsp));
    return (struct pcpu *)((rsp & ~(PCPU_REGION_SIZE - 1)) | PCPU_STRUCT_OFF);
}

static inline struct pcpu *pcpu_of(uint32_t cpu)
{
    return (struct pcpu *)(PCPU_AREA + cpu * PCPU_REGION_SIZE + PCPU_STRUCT_OFF);
}
#else
struct pcpu *this_cpu(void);
struct pcpu *pcpu_of(uint32_t cpu);
#endif

/* Of a guest's frame: it ends where struct pcpu begins. */
static inline struct pcpu *regs_cpu(struct regs *r)
{
    return (struct pcpu *)(r + 1);
}

/* Registers the current guest was interrupted with. Meaningless while idle. */
static inline struct regs *guest_regs(void)
{
    return (struct regs *)this_cpu() - 1;
}

#define current (this_cpu()->vcpu)

extern uint64_t pcpu_online_mask; /* bit n: pcpu id n is up */
extern uint32_t pcpu_count;       /* ids are 0 .. pcpu_count - 1 */

/* The pcpu leaves guest mode or its hlt and goes through exit.c's loop. Flags are the caller's to set, before. */
void pcpu_kick(uint32_t cpu);

/* Opens a window for interrupts and says whether a long operation should give way now. */
bool preempt_check(void);
