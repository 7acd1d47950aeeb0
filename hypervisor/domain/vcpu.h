/* SPDX-License-Identifier: MIT */
/*
 * A virtual CPU: the registers the ABI shows a PV guest, its callbacks, and its place in scheduler and time.
 */
#pragma once

#include "lib/types.h"
#include "machine/regs.h"
#include "memory/frame.h"
#include "domain/sched.h"
#include "domain/timer.h"
#include "domain/time.h"
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/vcpu.h>

struct domain;

/* Where we enter the guest kernel for what is no exception: trap_info's, as those are, with address 0 for none. */
#define TRAP_MASKS_EVENTS 4 /* in flags */
#define TRAP_NMI          2 /* in the trap table */

/* By the ABI's numbers; the NMI's handler is in the trap table. */
enum vcpu_callback {
    CB_EVENT = CALLBACKTYPE_event,
    CB_FAILSAFE = CALLBACKTYPE_failsafe,
    CB_SYSCALL = CALLBACKTYPE_syscall,
    CB_SYSENTER = CALLBACKTYPE_sysenter,
    CB_SYSCALL32 = CALLBACKTYPE_syscall32,
    CB_COUNT
};

enum {
    VCPU_NEW,
    VCPU_BEGUN,
    VCPU_READY
};

struct vcpu {
    /* What every entry and return looks at comes first: one page of it in the TLB, a few lines in the cache. */
    struct domain *domain;
    struct vcpu_info *info;         /* shared with the guest, through the direct map */
    uint64_t hypercalls;            /* how many it made */
    bool kernel_mode;               /* in its kernel, by the ABI's books (hardware is in ring 3 both ways) */
    uint8_t iopl;                   /* 0..3, as set by physdev_op set_iopl */
    uint16_t kernel_ss;
    union {                         /* any of these: system calls and iret go the long way */
        struct {
            bool nmi_pending, nmi_masked;
            bool areas_stale;       /* runstate or secondary time area is to be written (domain/time.c) */
            bool show_iopl;         /* the architectural_iopl assist is on */
            bool watched;           /* this_cpu()->hypercalls is to see every call, iret as well */
        };
        uint64_t rare;
    };
    mfn_t root_kernel, root_user;   /* root_user 0: none, user mode is then impossible */

    /* Entry points and stack into the guest kernel (entry/, pv/callbacks.c) */
    uint64_t kernel_sp;             /* aligned to 16 bytes, as frames go below it */
    struct trap_info callback[CB_COUNT];

    uint32_t id;

    /* Registers while the vcpu is not on a pcpu. While it is, they are guest_regs(). */
    struct regs regs;
    uint16_t ds, es, fs, gs;        /* saved selectors (valid while not loaded) */
    uint64_t fs_base;
    uint64_t gs_base;               /* live base in the current mode */
    uint64_t gs_base_other;         /* the other mode's: what swapgs would bring */

    uint32_t ctrlreg_cr0;           /* guest's view of cr0 (TS) */
    uint64_t ctrlreg_cr4;           /* guest's view of cr4 */
    uint64_t cr2;                   /* last fault address bounced, or what the guest wrote to cr2 */
    uint64_t iobmp;                 /* guest va of the I/O bitmap, 0: none */
    uint32_t iobmp_ports;
    uint64_t debugreg[8];

    /* Descriptor tables: frames hold a FRAME_SEGDESC type reference each. */
    mfn_t gdt_frame[14];
    uint32_t gdt_entries;
    uint64_t ldt_base;
    uint32_t ldt_entries;
    mfn_t ldt_frame[16];            /* pages the CPU has asked for so far, 0: not yet; held as FRAME_SEGDESC */

    /* Shared memory with the guest. info is in shared_info, or where register_vcpu_info put it. */
    mfn_t info_mfn;                 /* MFN_NONE while in shared_info; else one ref + writable type ref held */
    uint64_t runstate_va;           /* guest va of the runstate area, 0: none */
    uint64_t time_va;               /* guest va of the secondary time info, 0: none */

    uint8_t initialised;            /* VCPUOP_initialise (vcpu 0: by the builder): VCPU_NEW, VCPU_BEGUN, VCPU_READY */
    volatile bool up;               /* VCPUOP_up; a vcpu that is down never runs */

    struct vcpu_sched sched;        /* domain/sched.h */
    uint64_t time_updated_ns;       /* when info->time was last written, 0: never (domain/time.h) */
    struct vcpu_timers timers;      /* domain/timer.h */

    uint16_t virq_port[NR_VIRQS];   /* 0: not bound (domain/evtchn.c; global ones at vcpu 0) */

    /* Continuation of a preempted hypercall (pv/pv.h, entry/hypercall.c) */
    bool in_multicall;
    uint8_t multicall_left;         /* the entry gave way, and is to be continued with so many arguments: */
    uint64_t multicall_args[6];
    bool dump;                      /* it has been killed: exit.c shows it, when all its registers are in memory */

    struct trap_info trap[256];     /* its kernel's handlers */
    uint8_t fpu[] __attribute__((aligned(64))); /* fpu_size bytes in machine/fpu.c's format, saved eagerly */
};

/* vcpu_guest_context -> vcpu, with everything checked. 0 or a negative errno from a refusal row. pv/vcpu_context.c */
long vcpu_set_context(struct vcpu *v, const struct vcpu_guest_context *c);

/* Upcall state. The guest's vcpu_info is shared memory: these are single reads and writes. */
static inline bool vcpu_upcall_masked(const struct vcpu *v)
{
    return __atomic_load_n(&v->info->evtchn_upcall_mask, __ATOMIC_RELAXED) != 0;
}

/* Pending and not masked: the two bytes lie side by side in vcpu_info. */
static inline bool vcpu_upcall_due(const struct vcpu *v)
{
    uint16_t both = *(const volatile uint16_t *)&v->info->evtchn_upcall_pending;

    return (uint16_t)(both - 1) < 0xff;
}
