/* SPDX-License-Identifier: MIT */
/*
 * A domain: memory, vcpus, event channels, grants, and its end. Readable on one screen; what a field means in
 * detail is told where it is worked on (named in the comment).
 */
#pragma once

#include "lib/types.h"
#include "machine/spinlock.h"
#include "memory/frame.h"
#include "domain/evtchn.h"
#include "domain/grant.h"
#include "domain/pt_walk.h"
#include "domain/trace.h"
#include <xen/xen.h>

#define DOMAIN_MAX       32
#define DOMAIN_MAX_VCPUS 32 /* as many as shared_info has vcpu_info for */
#define DOMAIN_NAME_MAX  24

struct vcpu;

enum domain_state {
    DOMAIN_BUILDING, /* not yet schedulable */
    DOMAIN_RUNNING,
    DOMAIN_DYING,    /* stopped, by itself (sched_op) or by us; torn down in preemptible steps */
    DOMAIN_DEAD      /* nothing left but this struct */
};

struct domain {
    /* First: what memory/ knows of a domain. The names on the right are the same words. */
    union {
        struct page_owner pages;
        struct {
            spinlock_t page_lock;           /* page list and counts; below mm_lock */
            uint32_t page_list;             /* first frame; linked by struct frame.next/prev; 0: empty */
            uint32_t tot_pages, max_pages;
        };
    };

    domid_t id;
    char name[DOMAIN_NAME_MAX];
    bool privileged;                /* domain 0, if it may be */
    bool explain;                   /* say why we refuse, on the console */
    uint8_t trace;                  /* enum trace_mode */
    struct trace_counts trace_counts; /* by hypercall, while it is watched */
    volatile enum domain_state state;
    uint32_t shutdown_reason;       /* SHUTDOWN_*, once state >= DOMAIN_DYING */
    uint32_t shutdown_code;         /* SCHEDOP_shutdown_code: the reason of the shutdown to come; ~0: none */
    uint64_t died_ns;               /* when that was, in system time */
    uint8_t teardown_phase;         /* lifecycle.c */
    uint32_t explain_lines;         /* refusals printed since explain_since: they are rate-limited */
    uint64_t explain_since;

    /* vcpus (lifecycle.c): all of them, from creation to the end */
    struct vcpu *vcpu[DOMAIN_MAX_VCPUS];
    uint32_t max_vcpus;             /* 0 once the domain is dead */
    uint32_t weight;                /* of the scheduler, 256 is normal */

    /* memory (memory/alloc.c, pv/pagetable.c) */
    spinlock_t mm_lock;             /* serialises type changes of this domain's frames */
    struct pt_walk walk;            /* the one unfinished validation or teardown */
    uint64_t vm_assist;             /* bits of VMASST_TYPE_* that are on */
    struct shared_info *shared_info;
    mfn_t shared_info_mfn;
    uint64_t pcpu_mask;             /* pcpus whose TLB may hold this domain's entries */

    /* event channels (evtchn.c) and grants (grant.c) */
    struct evtchn_table evtchn;
    struct grant_table grant;

    /* console (console.c): ring of a boot domain that is not domain 0; line buffer of console_io */
    struct xencons_interface *console_ring;
    mfn_t console_mfn;
    evtchn_port_t console_port;     /* the guest's end */
    char console_line[128];
    uint32_t console_len;

    uint8_t handle[16];             /* xen_version get UUID-style guest handle */
};

extern struct domain *domain_table[DOMAIN_MAX]; /* by domid; NULL: none. A struct domain is never freed */
extern spinlock_t domain_list_lock;             /* held to free vcpus, or to look at those of any domain */

/* NULL if there is none or it is dying. */
static inline struct domain *domain_by_id(domid_t id)
{
    struct domain *d = id < DOMAIN_MAX ? domain_table[id] : NULL;

    return d && d->state < DOMAIN_DYING ? d : NULL;
}

/* While booting, with a number of its own and what boot/options.h allows. NULL: no memory. */
struct domain *domain_create(domid_t id, const char *name, uint32_t max_vcpus, uint32_t max_pages);
void domain_unpause(struct domain *d);         /* BUILDING -> RUNNING, its first vcpu is up */

/* The guest asked to stop, or we stop it. Never returns to guest code of that domain. Any lock but the scheduler's. */
void domain_shutdown(struct domain *d, uint32_t reason);

/*
 * Kills the domain for its own fault: says why, and shuts it down with SHUTDOWN_crash. Only sets flags; exit.c sees
 * them, and adds registers and a page walk. Called as domain_kill() of refuse.h.
 */
void domain_kill_by(struct domain *d, const char *what, uint32_t row, const uint64_t *values);

/* Idle pcpus: a bounded step for some dying domain, true if there was one. Ends the machine when no domain runs. */
bool domain_teardown_any(void);
/* Busy pcpus, when they reschedule while some domain is dying: a fifth of their time at most. */
extern volatile uint32_t domain_dying;
void domain_teardown_share(void);

/* Set by pv/: give back a vcpu's descriptor frames; a step of pt_teardown_step. */
extern void (*domain_vcpu_release_hook)(struct vcpu *v);
extern bool (*domain_memory_teardown_hook)(struct domain *d);
