/* SPDX-License-Identifier: MIT */
/*
 * ELF notes by which a kernel tells the domain builder how to load and enter it.
 *
 * They live in a PT_NOTE segment (or SHT_NOTE section), owner name "Xen" (namesz 4, with the NUL).
 * A number is stored as a 4- or 8-byte word of the kernel's class; a string is NUL-terminated.
 * "va" is a virtual address of the guest.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_ELFNOTE_H__
#define __XEN_PUBLIC_ELFNOTE_H__

/* Free-form text about the kernel. */
#define XEN_ELFNOTE_INFO                0
/* va of the first instruction. Absent: the ELF header's e_entry. */
#define XEN_ELFNOTE_ENTRY               1
/* va of one page, page-aligned, inside the image: filled with hypercall stubs, 32 bytes each. */
#define XEN_ELFNOTE_HYPERCALL_PAGE      2
/* va where pfn 0 is mapped initially. Absent: 0. */
#define XEN_ELFNOTE_VIRT_BASE           3
/* What to subtract from p_paddr to get an offset from VIRT_BASE: segment va is
 * p_paddr - PADDR_OFFSET + VIRT_BASE. Absent: 0; in a __xen_guest section, VIRT_BASE. */
#define XEN_ELFNOTE_PADDR_OFFSET        4
/* String: interface generation the kernel was written for, "xen-3.0". */
#define XEN_ELFNOTE_XEN_VERSION         5
/* String: the kernel's name. */
#define XEN_ELFNOTE_GUEST_OS            6
/* String: the kernel's release. */
#define XEN_ELFNOTE_GUEST_VERSION       7
/* String: loader type, "generic" for the one defined here. */
#define XEN_ELFNOTE_LOADER              8
/* String: "yes", "no", "bimodal", with ",bimodal" variants; 32-bit kernels only. */
#define XEN_ELFNOTE_PAE_MODE            9
/* String: feature names joined by '|', a leading '!' marks one the kernel cannot do without. */
#define XEN_ELFNOTE_FEATURES            10
/* String: "yes" asks for the ELF symbol table behind the image. */
#define XEN_ELFNOTE_BSD_SYMTAB          11
/* Lowest va the hypervisor may use for itself (32-bit: movable; 64-bit: must not exceed
 * HYPERVISOR_VIRT_START). */
#define XEN_ELFNOTE_HV_START_LOW        12
/* Two words per entry, (mask, value): (l1e & mask) == value means the l1e maps a machine frame. */
#define XEN_ELFNOTE_L1_MFN_VALID        13
/* Number: nonzero if the kernel survives a cancelled suspend. */
#define XEN_ELFNOTE_SUSPEND_CANCEL      14
/* va at which the initial p2m list is to be mapped, outside the initial mapping;
 * start_info.first_p2m_pfn then tells the pfns. Absent: the list is inside the initial mapping. */
#define XEN_ELFNOTE_INIT_P2M            15
/* Number: nonzero if start_info.mod_start may be a pfn (SIF_MOD_START_PFN), the module unmapped. */
#define XEN_ELFNOTE_MOD_START_PFN       16
/* Bitmap of XENFEAT_* the kernel can use; a set bit XENFEAT_dom0 makes it fit to be domain 0. */
#define XEN_ELFNOTE_SUPPORTED_FEATURES  17
/* Physical address of a 32-bit entry point for PVH; does not concern PV. */
#define XEN_ELFNOTE_PHYS32_ENTRY        18

#define XEN_ELFNOTE_MAX XEN_ELFNOTE_PHYS32_ENTRY

/* Notes in a crash dump of the hypervisor: its state, and the registers of each pcpu. */
#define XEN_ELFNOTE_CRASH_INFO          0x1000001
#define XEN_ELFNOTE_CRASH_REGS          0x1000002

/* Notes in the core image of a domain: marker, header, hypervisor release, format release. */
#define XEN_ELFNOTE_DUMPCORE_NONE            0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER          0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION     0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION  0x2000003

#endif
