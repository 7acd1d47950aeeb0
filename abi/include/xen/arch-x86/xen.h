/* SPDX-License-Identifier: MIT */
/*
 * The x86 side of the interface that both word sizes share: guest handles, trap table, initial vcpu
 * state, the x86 part of shared_info, forced emulation.
 *
 * Copyright (c) The Paravane authors
 */
#include "../xen.h"

#ifndef __XEN_PUBLIC_ARCH_X86_XEN_H__
#define __XEN_PUBLIC_ARCH_X86_XEN_H__

/*
 * A guest handle is a guest pointer inside an interface structure. It is a one-member struct (a
 * bare pointer before 3.2.1), so that neither side follows it by accident; fill it with
 * set_xen_guest_handle(handle, pointer).
 */
#if __XEN_INTERFACE_VERSION__ >= 0x00030201
#define ___DEFINE_XEN_GUEST_HANDLE(name, type) \
    typedef struct { type *p; } __guest_handle_ ## name
#else
#define ___DEFINE_XEN_GUEST_HANDLE(name, type) \
    typedef type *__guest_handle_ ## name
#endif

/* Each handle type comes with its const twin, const_NAME. */
#define __DEFINE_XEN_GUEST_HANDLE(name, type)      \
    ___DEFINE_XEN_GUEST_HANDLE(name, type);        \
    ___DEFINE_XEN_GUEST_HANDLE(const_##name, const type)
#define DEFINE_XEN_GUEST_HANDLE(name) __DEFINE_XEN_GUEST_HANDLE(name, name)
#define __XEN_GUEST_HANDLE(name)      __guest_handle_ ## name
#define XEN_GUEST_HANDLE(name)        __XEN_GUEST_HANDLE(name)
/* The form a handle has as a hypercall argument; no different on x86. */
#define XEN_GUEST_HANDLE_PARAM(name)  XEN_GUEST_HANDLE(name)
#define set_xen_guest_handle_raw(hnd, val) do { (hnd).p = val; } while (0)
#define set_xen_guest_handle(hnd, val)     set_xen_guest_handle_raw(hnd, val)

#if defined(__i386__)
#include "xen-x86_32.h"
#elif defined(__x86_64__)
#include "xen-x86_64.h"
#endif

#ifndef __ASSEMBLY__
typedef unsigned long xen_pfn_t;    /* pfn, gfn or mfn */
#define PRI_xen_pfn  "lx"
#define PRIu_xen_pfn "lu"
#endif

#define XEN_HAVE_PV_GUEST_ENTRY 1
#define XEN_HAVE_PV_UPCALL_MASK 1

/*
 * The guest's GDT has at most 14 frames (entries 0..7167) of its own; the entries behind them
 * belong to the hypervisor and hold the FLAT_* selectors.
 */
#define FIRST_RESERVED_GDT_PAGE  14
#define FIRST_RESERVED_GDT_BYTE  (FIRST_RESERVED_GDT_PAGE * 4096)
#define FIRST_RESERVED_GDT_ENTRY (FIRST_RESERVED_GDT_BYTE / 8)

/* vcpu_info slots in shared_info; vcpus above need VCPUOP_register_vcpu_info. */
#define XEN_LEGACY_MAX_VCPUS 32

#ifndef __ASSEMBLY__

typedef unsigned long xen_ulong_t;
#define PRI_xen_ulong "lx"

/* set_trap_table takes an array of these, ended by one whose address is 0. */
#define TI_GET_DPL(_ti)       ((_ti)->flags & 3)
#define TI_GET_IF(_ti)        ((_ti)->flags & 4)
#define TI_SET_DPL(_ti, _dpl) ((_ti)->flags |= (_dpl))
#define TI_SET_IF(_ti, _if)   ((_ti)->flags |= ((!!(_if)) << 2))
struct trap_info {
    uint8_t vector;         /* 0..255 */
    uint8_t flags;          /* bits 0-1: least privileged ring whose `int n` is let through;
                               bit 2: events masked on entry (an interrupt gate) */
    uint16_t cs;            /* code selector; its RPL is raised to the guest kernel's ring */
    unsigned long address;  /* va of the handler, canonical */
};
typedef struct trap_info trap_info_t;
DEFINE_XEN_GUEST_HANDLE(trap_info_t);

typedef uint64_t tsc_timestamp_t;

/* Start state of a vcpu: argument of VCPUOP_initialise. */
struct vcpu_guest_context {
    /* FXSAVE image, 16-byte aligned in effect; read if VGCF_I387_VALID. */
    struct { char x[512]; } fpu_ctxt;
#define VGCF_I387_VALID                 (1 << 0)
#define VGCF_IN_KERNEL                  (1 << 2)
#define _VGCF_i387_valid                0
#define VGCF_i387_valid                 (1 << _VGCF_i387_valid)
#define _VGCF_in_kernel                 2
#define VGCF_in_kernel                  (1 << _VGCF_in_kernel)
#define _VGCF_failsafe_disables_events  3
#define VGCF_failsafe_disables_events   (1 << _VGCF_failsafe_disables_events)
#define _VGCF_syscall_disables_events   4
#define VGCF_syscall_disables_events    (1 << _VGCF_syscall_disables_events)
#define _VGCF_online                    5
#define VGCF_online                     (1 << _VGCF_online)
    unsigned long flags;                    /* VGCF_* */
    struct cpu_user_regs user_regs;         /* as at entry; rip and rsp are va */
    struct trap_info trap_ctxt[256];        /* indexed by vector, as for set_trap_table */
    unsigned long ldt_base, ldt_ents;       /* va, page-aligned; number of entries */
    unsigned long gdt_frames[16], gdt_ents; /* mfn each; number of entries */
    unsigned long kernel_ss, kernel_sp;     /* as for stack_switch */
    unsigned long ctrlreg[8];               /* [0] cr0, [1] user root and [3] kernel root as
                                               xen_pfn_to_cr3(mfn), [4] cr4; others 0 */
    unsigned long debugreg[8];
#ifdef __i386__
    unsigned long event_callback_cs;
    unsigned long event_callback_eip;
    unsigned long failsafe_callback_cs;
    unsigned long failsafe_callback_eip;
#else
    unsigned long event_callback_eip;       /* va, as for set_callbacks */
    unsigned long failsafe_callback_eip;
#ifdef __XEN__
    union {
        unsigned long syscall_callback_eip;
        struct {                            /* of a 32-bit guest */
            unsigned int event_callback_cs;
            unsigned int failsafe_callback_cs;
        };
    };
#else
    unsigned long syscall_callback_eip;
#endif
#endif
    unsigned long vm_assist;                /* 1 << VMASST_TYPE_*; for the whole domain */
#ifdef __x86_64__
    uint64_t fs_base;
    uint64_t gs_base_kernel;
    uint64_t gs_base_user;
#endif
};
typedef struct vcpu_guest_context vcpu_guest_context_t;
DEFINE_XEN_GUEST_HANDLE(vcpu_guest_context_t);

/* Where the guest publishes its p2m, for those who save or inspect it. */
struct arch_shared_info {
    unsigned long max_pfn;                  /* entries in the p2m */
    xen_pfn_t pfn_to_mfn_frame_list_list;   /* mfn of the three-level p2m's root page; all ones:
                                               use p2m_vaddr */
    unsigned long nmi_reason;               /* XEN_NMIREASON_*, nmi.h */
    unsigned long p2m_cr3;                  /* as in ctrlreg[3]; 0: no linear p2m */
    unsigned long p2m_vaddr;                /* va of the linear p2m under that root */
    unsigned long p2m_generation;           /* odd while the guest changes the mapping */
#ifdef __i386__
    uint32_t wc_sec_hi;
#endif
};
typedef struct arch_shared_info arch_shared_info_t;

#if defined(__XEN__) || defined(__XEN_TOOLS__)
/* Creation parameters: emulated devices of an HVM guest (0 for PV), and MSR leniency. */
struct xen_arch_domainconfig {
#define _XEN_X86_EMU_LAPIC    0
#define XEN_X86_EMU_LAPIC     (1U << _XEN_X86_EMU_LAPIC)
#define _XEN_X86_EMU_HPET     1
#define XEN_X86_EMU_HPET      (1U << _XEN_X86_EMU_HPET)
#define _XEN_X86_EMU_PM       2
#define XEN_X86_EMU_PM        (1U << _XEN_X86_EMU_PM)
#define _XEN_X86_EMU_RTC      3
#define XEN_X86_EMU_RTC       (1U << _XEN_X86_EMU_RTC)
#define _XEN_X86_EMU_IOAPIC   4
#define XEN_X86_EMU_IOAPIC    (1U << _XEN_X86_EMU_IOAPIC)
#define _XEN_X86_EMU_PIC      5
#define XEN_X86_EMU_PIC       (1U << _XEN_X86_EMU_PIC)
#define _XEN_X86_EMU_VGA      6
#define XEN_X86_EMU_VGA       (1U << _XEN_X86_EMU_VGA)
#define _XEN_X86_EMU_IOMMU    7
#define XEN_X86_EMU_IOMMU     (1U << _XEN_X86_EMU_IOMMU)
#define _XEN_X86_EMU_PIT      8
#define XEN_X86_EMU_PIT       (1U << _XEN_X86_EMU_PIT)
#define _XEN_X86_EMU_USE_PIRQ 9
#define XEN_X86_EMU_USE_PIRQ  (1U << _XEN_X86_EMU_USE_PIRQ)
#define _XEN_X86_EMU_VPCI     10
#define XEN_X86_EMU_VPCI      (1U << _XEN_X86_EMU_VPCI)

#define XEN_X86_EMU_ALL                                               \
    (XEN_X86_EMU_LAPIC | XEN_X86_EMU_HPET | XEN_X86_EMU_PM |          \
     XEN_X86_EMU_RTC | XEN_X86_EMU_IOAPIC | XEN_X86_EMU_PIC |         \
     XEN_X86_EMU_VGA | XEN_X86_EMU_IOMMU | XEN_X86_EMU_PIT |          \
     XEN_X86_EMU_USE_PIRQ | XEN_X86_EMU_VPCI)
    uint32_t emulation_flags;

/* Reads of unknown MSRs give 0 instead of #GP. */
#define XEN_X86_MSR_RELAXED (1u << 0)
    uint32_t misc_flags;
};
#define XEN_X86_MISC_FLAGS_MAX XEN_X86_MSR_RELAXED
#endif

/* One CPUID leaf, and one MSR, of a domain's CPU policy. */
typedef struct xen_cpuid_leaf {
#define XEN_CPUID_NO_SUBLEAF 0xffffffffu
    uint32_t leaf, subleaf;     /* subleaf: XEN_CPUID_NO_SUBLEAF if the leaf has none */
    uint32_t a, b, c, d;
} xen_cpuid_leaf_t;
DEFINE_XEN_GUEST_HANDLE(xen_cpuid_leaf_t);

typedef struct xen_msr_entry {
    uint32_t idx;
    uint32_t flags;             /* 0 */
    uint64_t val;
} xen_msr_entry_t;
DEFINE_XEN_GUEST_HANDLE(xen_msr_entry_t);

#endif

/*
 * Forced emulation: these five bytes (ud2; "xen") before an instruction make the hypervisor carry
 * it out for the guest. Defined for cpuid, so that a PV guest sees its own leaves.
 */
#ifdef __ASSEMBLY__
#define XEN_EMULATE_PREFIX .byte 0x0f,0x0b,0x78,0x65,0x6e ;
#define XEN_CPUID          XEN_EMULATE_PREFIX cpuid
#else
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID          XEN_EMULATE_PREFIX "cpuid"
#endif

/* I/O port of the debug console of HVM guests. */
#define XEN_HVM_DEBUGCONS_IOPORT 0xe9

#endif
