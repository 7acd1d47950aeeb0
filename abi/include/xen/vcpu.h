/* SPDX-License-Identifier: MIT */
/*
 * Operations on one vcpu of the calling domain: vcpu_op(VCPUOP_*, vcpu, argument).
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_VCPU_H__
#define __XEN_PUBLIC_VCPU_H__

#include "xen.h"

/* Give a vcpu that never ran its start state: struct vcpu_guest_context. It stays down. */
#define VCPUOP_initialise 0
/* Let it run. */
#define VCPUOP_up         1
/* Take it off: at once if it is the caller, soon if it is another. */
#define VCPUOP_down       2
/* Returns 1 if up, 0 if down. */
#define VCPUOP_is_up      3

/* Where its time has gone: struct vcpu_runstate_info. */
#define VCPUOP_get_runstate_info 4
struct vcpu_runstate_info {
    int state;                      /* OUT: RUNSTATE_* now */
    uint64_t state_entry_time;      /* OUT: ns, since when */
/* Set in the registered copy's state_entry_time while it is rewritten, with the vm_assist
 * VMASST_TYPE_runstate_update_flag. */
#define XEN_RUNSTATE_UPDATE (xen_mk_ullong(1) << 63)
    uint64_t time[4];               /* OUT: ns in each state; they sum up to the vcpu's life */
};
typedef struct vcpu_runstate_info vcpu_runstate_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_runstate_info_t);

/* On a pcpu; wants one; waits for an event; down or paused. */
#define RUNSTATE_running  0
#define RUNSTATE_runnable 1
#define RUNSTATE_blocked  2
#define RUNSTATE_offline  3

/* Keep a copy of it in guest memory, rewritten each time the vcpu starts to run. */
#define VCPUOP_register_runstate_memory_area 5
struct vcpu_register_runstate_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_runstate_info_t) h;
        struct vcpu_runstate_info *v;
        uint64_t p;
    } addr;                         /* IN: va, mapped in the kernel's root while in use */
};
typedef struct vcpu_register_runstate_memory_area vcpu_register_runstate_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_runstate_memory_area_t);

/* VIRQ_TIMER at a fixed interval, independent of the one-shot timer. */
#define VCPUOP_set_periodic_timer  6
#define VCPUOP_stop_periodic_timer 7    /* no argument */
struct vcpu_set_periodic_timer {
    uint64_t period_ns;             /* IN: at least 1 ms */
};
typedef struct vcpu_set_periodic_timer vcpu_set_periodic_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_periodic_timer_t);

/* VIRQ_TIMER once; only the vcpu itself may ask. */
#define VCPUOP_set_singleshot_timer  8
#define VCPUOP_stop_singleshot_timer 9  /* no argument */
struct vcpu_set_singleshot_timer {
    uint64_t timeout_abs_ns;        /* IN: absolute */
    uint32_t flags;                 /* IN: VCPU_SSHOTTMR_* */
};
typedef struct vcpu_set_singleshot_timer vcpu_set_singleshot_timer_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_set_singleshot_timer_t);

/* Fail with -XEN_ETIME if the time has passed, instead of firing at once. */
#define _VCPU_SSHOTTMR_future (0)
#define VCPU_SSHOTTMR_future  (1U << _VCPU_SSHOTTMR_future)

/* Move the vcpu_info out of shared_info into a page of the guest. Once only; no way back. */
#define VCPUOP_register_vcpu_info 10
struct vcpu_register_vcpu_info {
    uint64_t mfn;                   /* IN: a writable frame of the domain */
    uint32_t offset;                /* IN: bytes into it, multiple of 8, not crossing its end */
    uint32_t rsvd;                  /* IN: 0 */
};
typedef struct vcpu_register_vcpu_info vcpu_register_vcpu_info_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_vcpu_info_t);

/* Send it an NMI (see nmi.h). No argument. */
#define VCPUOP_send_nmi 11

/* Which pcpu a pinned vcpu of domain 0 is on. */
#define VCPUOP_get_physid 12
struct vcpu_get_physid {
    uint64_t phys_id;               /* OUT: APIC id low half, ACPI id high half */
};
typedef struct vcpu_get_physid vcpu_get_physid_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_get_physid_t);
#define xen_vcpu_physid_to_x86_apicid(physid) ((uint32_t)(physid))
#define xen_vcpu_physid_to_x86_acpiid(physid) ((uint32_t)((physid) >> 32))

/* Keep a second copy of its vcpu_time_info in guest memory, user-readable if the guest maps it so;
 * only the vcpu itself may ask. */
#define VCPUOP_register_vcpu_time_memory_area 13
DEFINE_XEN_GUEST_HANDLE(vcpu_time_info_t);
struct vcpu_register_time_memory_area {
    union {
        XEN_GUEST_HANDLE(vcpu_time_info_t) h;
        struct vcpu_time_info *v;
        uint64_t p;
    } addr;                         /* IN: va */
};
typedef struct vcpu_register_time_memory_area vcpu_register_time_memory_area_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_register_time_memory_area_t);

#endif
