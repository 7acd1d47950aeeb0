/* SPDX-License-Identifier: MIT */
/*
 * The core of the guest interface: hypercall numbers, virtual interrupts, page-table updates,
 * shared_info, start_info.
 *
 * Include <stdint.h> (or define the fixed-width types) first: these headers include nothing but
 * each other. All structures are shared memory or hypercall arguments, little-endian, with the
 * natural alignment of the guest's ABI. Words used throughout:
 *   pfn  the guest's own page number        mfn   machine page number, 4 KiB units
 *   gfn  what the guest calls a page: mfn for a PV guest
 *   va   guest virtual address              ns    nanoseconds of system time (since boot)
 *   IN / OUT   written by the guest / by the hypervisor
 * Hypercalls: number in rax, arguments in rdi rsi rdx r10 r8 r9, `syscall` (or the hypercall page);
 * result in rax, negative XEN_E* on failure; rcx and r11 are lost. 32-bit: eax, ebx ecx edx esi edi
 * ebp, int 0x82.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_XEN_H__
#define __XEN_PUBLIC_XEN_H__

#include "xen-compat.h"

#if defined(__i386__) || defined(__x86_64__)
#include "arch-x86/xen.h"
#else
#error "Paravane's interface exists for x86 only"
#endif

#ifndef __ASSEMBLY__

/* Handles (typed guest pointers, see arch-x86/xen.h) to the basic types. */
DEFINE_XEN_GUEST_HANDLE(char);
__DEFINE_XEN_GUEST_HANDLE(uchar, unsigned char);
DEFINE_XEN_GUEST_HANDLE(int);
__DEFINE_XEN_GUEST_HANDLE(uint, unsigned int);
#if __XEN_INTERFACE_VERSION__ < 0x00040300
DEFINE_XEN_GUEST_HANDLE(long);
__DEFINE_XEN_GUEST_HANDLE(ulong, unsigned long);
#endif
DEFINE_XEN_GUEST_HANDLE(void);
DEFINE_XEN_GUEST_HANDLE(uint64_t);
DEFINE_XEN_GUEST_HANDLE(xen_pfn_t);
DEFINE_XEN_GUEST_HANDLE(xen_ulong_t);

/* What to write between the brackets of a trailing array of unstated length. */
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 199901L
#define XEN_FLEX_ARRAY_DIM
#elif defined(__GNUC__)
#define XEN_FLEX_ARRAY_DIM 0
#else
#define XEN_FLEX_ARRAY_DIM 1
#endif

/* Constants that C sees with a type suffix and the assembler sees bare. */
#define __xen_mk_uint(x)  x ## U
#define __xen_mk_ulong(x) x ## UL
#ifndef __xen_mk_ullong
#define __xen_mk_ullong(x) x ## ULL
#endif
#define xen_mk_uint(x)    __xen_mk_uint(x)
#define xen_mk_ulong(x)   __xen_mk_ulong(x)
#define xen_mk_ullong(x)  __xen_mk_ullong(x)

#else

#define xen_mk_uint(x)   x
#define xen_mk_ulong(x)  x
#define xen_mk_ullong(x) x

#endif

/* ---- Hypercall numbers --------------------------------------------------------------------- */

#define __HYPERVISOR_set_trap_table         0   /* (trap_info[] ending in address 0) */
#define __HYPERVISOR_mmu_update             1   /* (mmu_update[], count, *done, domid) */
#define __HYPERVISOR_set_gdt                2   /* (mfn[], entries: at most 14 frames) */
#define __HYPERVISOR_stack_switch           3   /* (ss, rsp): stack of traps from user mode */
#define __HYPERVISOR_set_callbacks          4   /* (event va, failsafe va, syscall va) */
#define __HYPERVISOR_fpu_taskswitch         5   /* (set: 0 or 1): the guest's CR0.TS */
#define __HYPERVISOR_sched_op_compat        6
#define __HYPERVISOR_platform_op            7   /* (xen_platform_op), domain 0 */
#define __HYPERVISOR_set_debugreg           8   /* (register 0..7, value) */
#define __HYPERVISOR_get_debugreg           9   /* (register): the value itself */
#define __HYPERVISOR_update_descriptor     10   /* (machine address of the slot, descriptor) */
#define __HYPERVISOR_memory_op             12   /* (XENMEM_*, argument), memory.h */
#define __HYPERVISOR_multicall             13   /* (multicall_entry[], count) */
#define __HYPERVISOR_update_va_mapping     14   /* (va, l1e, UVMF_*) */
#define __HYPERVISOR_set_timer_op          15   /* (absolute ns; 0 stops it) */
#define __HYPERVISOR_event_channel_op_compat 16
#define __HYPERVISOR_xen_version           17   /* (XENVER_*, argument), version.h */
#define __HYPERVISOR_console_io            18   /* (CONSOLEIO_*, bytes, buffer) */
#define __HYPERVISOR_physdev_op_compat     19
#define __HYPERVISOR_grant_table_op        20   /* (GNTTABOP_*, array, count) */
#define __HYPERVISOR_vm_assist             21   /* (VMASST_CMD_*, VMASST_TYPE_*) */
#define __HYPERVISOR_update_va_mapping_otherdomain 22 /* (va, l1e, UVMF_*, domid) */
#define __HYPERVISOR_iret                  23   /* (), iret_context on the stack; no return */
#define __HYPERVISOR_vcpu_op               24   /* (VCPUOP_*, vcpu, argument), vcpu.h */
#define __HYPERVISOR_set_segment_base      25   /* (SEGBASE_*, base); 64-bit guests only */
#define __HYPERVISOR_mmuext_op             26   /* (mmuext_op[], count, *done, domid) */
#define __HYPERVISOR_xsm_op                27
#define __HYPERVISOR_nmi_op                28   /* (XENNMI_*, argument), nmi.h */
#define __HYPERVISOR_sched_op              29   /* (SCHEDOP_*, argument), sched.h */
#define __HYPERVISOR_callback_op           30   /* (CALLBACKOP_*, argument), callback.h */
#define __HYPERVISOR_xenoprof_op           31
#define __HYPERVISOR_event_channel_op      32   /* (EVTCHNOP_*, argument), event_channel.h */
#define __HYPERVISOR_physdev_op            33   /* (PHYSDEVOP_*, argument), physdev.h */
#define __HYPERVISOR_hvm_op                34
#define __HYPERVISOR_sysctl                35
#define __HYPERVISOR_domctl                36
#define __HYPERVISOR_kexec_op              37
#define __HYPERVISOR_tmem_op               38
#define __HYPERVISOR_argo_op               39
#define __HYPERVISOR_xenpmu_op             40
#define __HYPERVISOR_dm_op                 41
#define __HYPERVISOR_hypfs_op              42

/* Numbers set aside for the architecture; x86 uses arch_0 for machine checks. */
#define __HYPERVISOR_arch_0                48
#define __HYPERVISOR_arch_1                49
#define __HYPERVISOR_arch_2                50
#define __HYPERVISOR_arch_3                51
#define __HYPERVISOR_arch_4                52
#define __HYPERVISOR_arch_5                53
#define __HYPERVISOR_arch_6                54
#define __HYPERVISOR_arch_7                55

/* Old sources mean the old numbers by the plain names. */
#if __XEN_INTERFACE_VERSION__ < 0x00030101
#undef __HYPERVISOR_sched_op
#define __HYPERVISOR_sched_op __HYPERVISOR_sched_op_compat
#endif
#if __XEN_INTERFACE_VERSION__ < 0x00030202
#undef __HYPERVISOR_event_channel_op
#define __HYPERVISOR_event_channel_op __HYPERVISOR_event_channel_op_compat
#undef __HYPERVISOR_physdev_op
#define __HYPERVISOR_physdev_op __HYPERVISOR_physdev_op_compat
#endif
#if __XEN_INTERFACE_VERSION__ < 0x00030204
#define __HYPERVISOR_dom0_op __HYPERVISOR_platform_op
#endif

/* ---- Virtual interrupts, bound to ports by EVTCHNOP_bind_virq ------------------------------- */

/* V: one per vcpu, and follows it. G: one per domain (domain 0 unless told otherwise). */
#define VIRQ_TIMER       0      /* V: one-shot or periodic timer has fired */
#define VIRQ_DEBUG       1      /* V: somebody wants this guest to dump its state */
#define VIRQ_CONSOLE     2      /* G: input for the hypervisor console's owner */
#define VIRQ_DOM_EXC     3      /* G: a domain died or shut down */
#define VIRQ_TBUF        4      /* G: trace buffer has records */
#define VIRQ_DEBUGGER    6      /* G: a domain stopped for its debugger */
#define VIRQ_XENOPROF    7      /* V: profiling sample */
#define VIRQ_CON_RING    8      /* G: the hypervisor's log has grown */
#define VIRQ_PCPU_STATE  9      /* G: a pcpu went on or off line */
#define VIRQ_MEM_EVENT  10      /* G: a memory event happened */
#define VIRQ_ARGO       11      /* G: message for the domain */
#define VIRQ_ENOMEM     12      /* G: machine memory runs low */
#define VIRQ_XENPMU     13      /* V: performance counter overflow */

#define VIRQ_ARCH_0     16
#define VIRQ_ARCH_1     17
#define VIRQ_ARCH_2     18
#define VIRQ_ARCH_3     19
#define VIRQ_ARCH_4     20
#define VIRQ_ARCH_5     21
#define VIRQ_ARCH_6     22
#define VIRQ_ARCH_7     23

#define NR_VIRQS        24

/* ---- Page tables ---------------------------------------------------------------------------- */

/*
 * mmu_update takes an array of (ptr, val). The two low bits of ptr say what is meant, the rest is
 * an address:
 *   NORMAL_PT_UPDATE        ptr: machine address of a table entry, 8-byte aligned; val: the new
 *                           entry, holding an mfn. Checked against the frame types.
 *   MACHPHYS_UPDATE         ptr: machine address of a frame; val: the pfn to put in its M2P slot.
 *   PT_UPDATE_PRESERVE_AD   as NORMAL, but the accessed and dirty bits of the old entry survive,
 *                           atomically.
 *   PT_UPDATE_NO_TRANSLATE  as NORMAL, and val is never translated (translated guests).
 * The fourth argument names the domain whose frames val may map (low 16 bits, DOMID_SELF for
 * none) and, in its high 16 bits, the id plus one of the domain owning the tables (0: the caller).
 * Entries are applied in order; on failure those before stay applied, and *done counts them.
 */
#define MMU_NORMAL_PT_UPDATE        0
#define MMU_MACHPHYS_UPDATE         1
#define MMU_PT_UPDATE_PRESERVE_AD   2
#define MMU_PT_UPDATE_NO_TRANSLATE  3

/* mmuext_op commands, with the members of struct mmuext_op they read. */
#define MMUEXT_PIN_L1_TABLE         0   /* mfn: validate as that level, and keep the type */
#define MMUEXT_PIN_L2_TABLE         1
#define MMUEXT_PIN_L3_TABLE         2
#define MMUEXT_PIN_L4_TABLE         3
#define MMUEXT_UNPIN_TABLE          4   /* mfn: give the pin's reference back */
#define MMUEXT_NEW_BASEPTR          5   /* mfn: kernel-mode root from now on; flushes the TLB */
#define MMUEXT_TLB_FLUSH_LOCAL      6   /* this vcpu */
#define MMUEXT_INVLPG_LOCAL         7   /* linear_addr; this vcpu */
#define MMUEXT_TLB_FLUSH_MULTI      8   /* vcpumask: one bit per vcpu, as many as the domain has */
#define MMUEXT_INVLPG_MULTI         9   /* linear_addr, vcpumask */
#define MMUEXT_TLB_FLUSH_ALL       10   /* every vcpu of the domain */
#define MMUEXT_INVLPG_ALL          11   /* linear_addr; every vcpu of the domain */
#define MMUEXT_FLUSH_CACHE         12   /* write back and invalidate; needs a device to care for */
#define MMUEXT_SET_LDT             13   /* linear_addr: page-aligned va, nr_ents: 0..8192 */
#define MMUEXT_NEW_USER_BASEPTR    15   /* mfn: user-mode root, 0 for none; 64-bit only */
#define MMUEXT_CLEAR_PAGE          16   /* mfn: fill with zero */
#define MMUEXT_COPY_PAGE           17   /* mfn: destination, src_mfn: source */
#define MMUEXT_FLUSH_CACHE_GLOBAL  18   /* as FLUSH_CACHE, on every pcpu */
#define MMUEXT_MARK_SUPER          19   /* mfn: head of a 2 MiB superpage (refused) */
#define MMUEXT_UNMARK_SUPER        20

#ifndef __ASSEMBLY__
struct mmuext_op {
    unsigned int cmd;               /* IN: MMUEXT_* */
    union {
        xen_pfn_t mfn;
        unsigned long linear_addr;  /* va */
    } arg1;
    union {
        unsigned int nr_ents;
#if __XEN_INTERFACE_VERSION__ >= 0x00030205
        XEN_GUEST_HANDLE(const_void) vcpumask;
#else
        const void *vcpumask;
#endif
        xen_pfn_t src_mfn;
    } arg2;
};
typedef struct mmuext_op mmuext_op_t;
DEFINE_XEN_GUEST_HANDLE(mmuext_op_t);
#endif

/*
 * Flags of update_va_mapping: what to flush (low two bits), and where. For UVMF_MULTI the address
 * of a vcpu bitmap is or-ed in; without one it means this vcpu, hence UVMF_LOCAL.
 */
#define UVMF_NONE           (xen_mk_ulong(0) << 0)  /* nothing */
#define UVMF_TLB_FLUSH      (xen_mk_ulong(1) << 0)  /* the whole TLB */
#define UVMF_INVLPG         (xen_mk_ulong(2) << 0)  /* the one address */
#define UVMF_FLUSHTYPE_MASK (xen_mk_ulong(3) << 0)
#define UVMF_MULTI          (xen_mk_ulong(0) << 2)
#define UVMF_LOCAL          (xen_mk_ulong(0) << 2)
#define UVMF_ALL            (xen_mk_ulong(1) << 2)  /* every vcpu of the domain */

/* ---- Small calls ---------------------------------------------------------------------------- */

/* console_io(cmd, bytes, va). write: 0, or an error. read: the number of bytes copied. */
#define CONSOLEIO_write 0
#define CONSOLEIO_read  1

/* vm_assist(cmd, type): switch a per-domain behaviour on or off. */
#define VMASST_CMD_enable  0
#define VMASST_CMD_disable 1

/* 32-bit: fix up negative segment offsets as if segments reached 4 GiB; and tell the guest. */
#define VMASST_TYPE_4gb_segments         0
#define VMASST_TYPE_4gb_segments_notify  1
/* A write to a read-only mapped l1 traps and is carried out as a checked update. */
#define VMASST_TYPE_writable_pagetables  2
/* 32-bit: cr3 holds a pfn above 4 GiB. */
#define VMASST_TYPE_pae_extended_cr3     3
/* The guest's IOPL is kept in its saved rflags, as on silicon, instead of PHYSDEVOP_set_iopl. */
#define VMASST_TYPE_architectural_iopl   4
/* state_entry_time has XEN_RUNSTATE_UPDATE set while the runstate area is being rewritten. */
#define VMASST_TYPE_runstate_update_flag 5
/* The M2P is not mapped in user-mode roots. */
#define VMASST_TYPE_m2p_strict           32

#if __XEN_INTERFACE_VERSION__ < 0x00040600
#define MAX_VMASST_TYPE 3
#endif

/* ---- Domain ids ------------------------------------------------------------------------------ */

/* Real domains are 0..DOMID_FIRST_RESERVED-1. */
#define DOMID_FIRST_RESERVED xen_mk_uint(0x7FF0)
#define DOMID_SELF           xen_mk_uint(0x7FF0)  /* whoever calls */
#define DOMID_IO             xen_mk_uint(0x7FF1)  /* owner of device memory */
#define DOMID_XEN            xen_mk_uint(0x7FF2)  /* owner of frames the hypervisor shares */
#define DOMID_COW            xen_mk_uint(0x7FF3)  /* owner of shared copy-on-write frames */
#define DOMID_INVALID        xen_mk_uint(0x7FF4)  /* never anybody */
#define DOMID_IDLE           xen_mk_uint(0x7FFF)  /* never seen by a guest */
#define DOMID_MASK           xen_mk_uint(0x7FFF)

#ifndef __ASSEMBLY__

typedef uint16_t domid_t;

struct mmu_update {
    uint64_t ptr;   /* IN: address | MMU_* */
    uint64_t val;   /* IN: new entry, or pfn */
};
typedef struct mmu_update mmu_update_t;
DEFINE_XEN_GUEST_HANDLE(mmu_update_t);

/* multicall runs the entries in order, each as if called alone; one's failure stops nothing. */
struct multicall_entry {
    xen_ulong_t op, result;     /* IN: __HYPERVISOR_*; OUT: what that call returned */
    xen_ulong_t args[6];        /* IN; undefined afterwards */
};
typedef struct multicall_entry multicall_entry_t;
DEFINE_XEN_GUEST_HANDLE(multicall_entry_t);

#if __XEN_INTERFACE_VERSION__ < 0x00040400
#define NR_EVENT_CHANNELS EVTCHN_2L_NR_CHANNELS
#endif

/* ---- Memory shared with the hypervisor ------------------------------------------------------ */

/*
 * Clock of one vcpu. System time now, in ns:
 *   system_time + (((tsc - tsc_timestamp) << tsc_shift) * tsc_to_system_mul >> 32)
 * with a right shift by -tsc_shift if it is negative, and a 96-bit product. Read version, then
 * the rest, then version again: an odd or changed version means try again.
 */
struct vcpu_time_info {
    uint32_t version;           /* odd while being written */
    uint32_t pad0;
    uint64_t tsc_timestamp;     /* TSC at the last update */
    uint64_t system_time;       /* ns at the last update */
    uint32_t tsc_to_system_mul; /* ns per (shifted) tick, as a fraction of 2^32 */
    int8_t   tsc_shift;
#if __XEN_INTERFACE_VERSION__ > 0x040600
    uint8_t  flags;             /* XEN_PVCLOCK_* */
    uint8_t  pad1[2];
#else
    int8_t   pad1[3];
#endif
};
typedef struct vcpu_time_info vcpu_time_info_t;

#define XEN_PVCLOCK_TSC_STABLE_BIT (1 << 0)  /* comparable between vcpus */
#define XEN_PVCLOCK_GUEST_STOPPED  (1 << 1)  /* the guest was paused; clear it when seen */

/*
 * Per-vcpu part of shared_info, or of the page given by VCPUOP_register_vcpu_info.
 * To deliver port p: set its bit in evtchn_pending[], and if it is not masked set bit p / 64 (of a
 * 64-bit guest) of evtchn_pending_sel, then evtchn_upcall_pending. The event callback is entered
 * while upcall_pending is nonzero and upcall_mask is zero. The mask is the PV guest's interrupt
 * flag, inverted: the hypervisor sets it on entry to the callback.
 */
struct vcpu_info {
    uint8_t evtchn_upcall_pending;  /* 0 or 1 */
#ifdef XEN_HAVE_PV_UPCALL_MASK
    uint8_t evtchn_upcall_mask;     /* 0 or 1 */
#else
    uint8_t pad0;
#endif
    xen_ulong_t evtchn_pending_sel; /* words of evtchn_pending[] to look at; exchange with 0 */
    struct arch_vcpu_info arch;
    vcpu_time_info_t time;
};                                  /* 64 bytes */
#ifndef __XEN__
typedef struct vcpu_info vcpu_info_t;
#endif

/* One page per domain; start_info.shared_info is its machine address. */
struct shared_info {
    struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];

    /* Two-level event channels, one bit per port: 4096 (32-bit guest: 1024). */
    xen_ulong_t evtchn_pending[sizeof(xen_ulong_t) * 8];
    xen_ulong_t evtchn_mask[sizeof(xen_ulong_t) * 8];

    /* Wall clock at system time 0, UTC seconds since 1970; odd version: being written. */
    uint32_t wc_version;
    uint32_t wc_sec;
    uint32_t wc_nsec;
#if !defined(__i386__)
    uint32_t wc_sec_hi;
#define xen_wc_sec_hi wc_sec_hi
#elif !defined(__XEN__) && !defined(__XEN_TOOLS__)
#define xen_wc_sec_hi arch.wc_sec_hi
#endif

    struct arch_shared_info arch;
};
#ifndef __XEN__
typedef struct shared_info shared_info_t;
#endif

#ifdef XEN_HAVE_PV_GUEST_ENTRY
/*
 * What a PV kernel finds at boot, va in rsi (esi). Initial mapping, from VIRT_BASE upward: kernel
 * image, module, p2m list, start_info, store and console pages, page tables, stack (at least one
 * page), at least 512 KiB spare, the whole rounded up to 4 MiB. Everything writable but the page
 * tables. Interrupts (upcall_mask) are off, segments flat, no trap table.
 */
struct start_info {
    char magic[32];             /* "xen-<version>-<platform>", e.g. "xen-3.0-x86_64" */
    unsigned long nr_pages;     /* pages of the domain */
    unsigned long shared_info;  /* machine address, in bytes, of the shared_info page */
    uint32_t flags;             /* SIF_* */
    xen_pfn_t store_mfn;        /* xenstore ring page; 0: none */
    uint32_t store_evtchn;      /* its port */
    union {
        struct {
            xen_pfn_t mfn;      /* console ring page; 0: none */
            uint32_t evtchn;    /* its port */
        } domU;
        struct {
            uint32_t info_off;  /* dom0_vga_console_info, bytes from start_info; */
            uint32_t info_size; /* its size, bytes; 0: none */
        } dom0;                 /* if SIF_INITDOMAIN */
    } console;
    unsigned long pt_base;      /* va of the root table */
    unsigned long nr_pt_frames; /* frames of tables, from pt_base upward */
    unsigned long mfn_list;     /* va of the p2m list: nr_pages words */
    unsigned long mod_start;    /* va (or pfn: SIF_MOD_START_PFN) of the module; 0: none */
    unsigned long mod_len;      /* bytes */
#define MAX_GUEST_CMDLINE 1024
    int8_t cmd_line[MAX_GUEST_CMDLINE]; /* NUL-terminated */
    unsigned long first_p2m_pfn;    /* pfns of the p2m list, if XEN_ELFNOTE_INIT_P2M: where */
    unsigned long nr_p2m_frames;    /* it starts, and how many frames it and its tables take */
};
typedef struct start_info start_info_t;

#if __XEN_INTERFACE_VERSION__ < 0x00030203
#define console_mfn    console.domU.mfn
#define console_evtchn console.domU.evtchn
#endif
#endif

/* start_info.flags */
#define SIF_PRIVILEGED      (1 << 0)    /* may use privileged calls */
#define SIF_INITDOMAIN      (1 << 1)    /* the first domain */
#define SIF_MULTIBOOT_MOD   (1 << 2)    /* mod_start is a xen_multiboot_mod_list */
#define SIF_MOD_START_PFN   (1 << 3)    /* mod_start is a pfn */
#define SIF_VIRT_P2M_4TOOLS (1 << 4)    /* tools understand arch_shared_info.p2m_vaddr */
#define SIF_PM_MASK         (0xFF << 8) /* power management options of domain 0 */

/* One per module for SIF_MULTIBOOT_MOD, the list ends with mod_start 0. All are va. */
struct xen_multiboot_mod_list {
    uint32_t mod_start;
    uint32_t mod_end;           /* first byte behind it */
    uint32_t cmdline;           /* NUL-terminated string */
    uint32_t pad;               /* 0 */
};

/* Screen left behind by the firmware or boot loader, for domain 0. */
typedef struct dom0_vga_console_info {
    uint8_t video_type;         /* XEN_VGATYPE_* */
#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB    0x23
#define XEN_VGATYPE_EFI_LFB     0x70

    union {
        struct {
            uint16_t font_height;           /* pixels */
            uint16_t cursor_x, cursor_y;    /* character cells */
            uint16_t rows, columns;
        } text_mode_3;
        struct {                            /* both linear frame buffers */
            uint16_t width, height;         /* pixels */
            uint16_t bytes_per_line;
            uint16_t bits_per_pixel;
            uint32_t lfb_base;              /* machine address, low half */
            uint32_t lfb_size;              /* VESA: 64 KiB units; EFI: bytes */
            uint8_t red_pos, red_size;      /* in bits */
            uint8_t green_pos, green_size;
            uint8_t blue_pos, blue_size;
            uint8_t rsvd_pos, rsvd_size;
#if __XEN_INTERFACE_VERSION__ >= 0x00030206
            uint32_t gbl_caps;              /* VESA */
            uint16_t mode_attrs;
            uint16_t pad;
#endif
#if __XEN_INTERFACE_VERSION__ >= 0x00040d00
            uint32_t ext_lfb_base;          /* machine address, high half */
#endif
        } vesa_lfb;
    } u;
} dom0_vga_console_info_t;
#define xen_vga_console_info   dom0_vga_console_info
#define xen_vga_console_info_t dom0_vga_console_info_t

/* A domain's name for tools: 16 bytes without meaning here. */
typedef uint8_t xen_domain_handle_t[16];

__DEFINE_XEN_GUEST_HANDLE(uint8, uint8_t);
__DEFINE_XEN_GUEST_HANDLE(uint16, uint16_t);
__DEFINE_XEN_GUEST_HANDLE(uint32, uint32_t);
__DEFINE_XEN_GUEST_HANDLE(uint64, uint64_t);

/* UUID in big-endian byte order, as text shows it. */
typedef struct {
    uint8_t a[16];
} xen_uuid_t;

/* XEN_DEFINE_UUID(0xaabbccdd, 0xeeff, 0x0011, 0x2233, 0x44, ...): an initializer of xen_uuid_t. */
#define XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6) \
    { {                                                      \
        ((a) >> 24) & 0xFF, ((a) >> 16) & 0xFF,              \
        ((a) >> 8) & 0xFF, ((a) >> 0) & 0xFF,                \
        ((b) >> 8) & 0xFF, ((b) >> 0) & 0xFF,                \
        ((c) >> 8) & 0xFF, ((c) >> 0) & 0xFF,                \
        ((d) >> 8) & 0xFF, ((d) >> 0) & 0xFF,                \
        e1, e2, e3, e4, e5, e6                               \
    } }
#if defined(__STDC_VERSION__) ? __STDC_VERSION__ >= 199901L : defined(__GNUC__)
#define XEN_DEFINE_UUID(a, b, c, d, e1, e2, e3, e4, e5, e6) \
    ((xen_uuid_t)XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6))
#else
#define XEN_DEFINE_UUID(a, b, c, d, e1, e2, e3, e4, e5, e6) \
    XEN_DEFINE_UUID_(a, b, c, d, e1, e2, e3, e4, e5, e6)
#endif

#endif

/* Tools' structures have the same layout for 32- and 64-bit callers. */
#if defined(__XEN__) || defined(__XEN_TOOLS__)
#ifndef int64_aligned_t
#define int64_aligned_t int64_t
#endif
#ifndef uint64_aligned_t
#define uint64_aligned_t uint64_t
#endif
#ifndef XEN_GUEST_HANDLE_64
#define XEN_GUEST_HANDLE_64(name) XEN_GUEST_HANDLE(name)
#endif

#ifndef __ASSEMBLY__
struct xenctl_bitmap {
    XEN_GUEST_HANDLE_64(uint8) bitmap;  /* whole bytes, least significant bit first */
    uint32_t nr_bits;
};
typedef struct xenctl_bitmap xenctl_bitmap_t;
#endif
#endif

#endif
