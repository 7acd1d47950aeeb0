/* SPDX-License-Identifier: MIT */
/*
 * Feature bits: what XENVER_get_features (version.h) reports, and what a kernel names in its
 * XEN_ELFNOTE_FEATURES / _SUPPORTED_FEATURES notes. Each value is a bit number; bit n is bit n%32
 * of 32-bit submap n/32.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_FEATURES_H__
#define __XEN_PUBLIC_FEATURES_H__

/* The guest may map its own page tables writable (never so for a PV guest of Paravane). */
#define XENFEAT_writable_page_tables        0
/* GDT and LDT frames may be mapped writable. */
#define XENFEAT_writable_descriptor_tables  1
/* Frame numbers in page tables are pfns; the hypervisor translates. Clear: they are mfns. */
#define XENFEAT_auto_translated_physmap     2
/* The guest kernel runs in ring 0 (so it is not a classic PV guest). */
#define XENFEAT_supervisor_mode_kernel      3
/* 32-bit PAE only: the top-level table may lie above 4 GiB. */
#define XENFEAT_pae_pgdir_above_4gb         4
/* mmu_update accepts MMU_PT_UPDATE_PRESERVE_AD. */
#define XENFEAT_mmu_pt_update_preserve_ad   5
/* mmuext_op accepts MMUEXT_CLEAR_PAGE and MMUEXT_COPY_PAGE. */
#define XENFEAT_highmem_assist              6
/* GNTTABOP_map_grant_ref carries PTE bits available to software through GNTMAP_guest_avail0. */
#define XENFEAT_gnttab_map_avail_bits       7
/* HVM: events can arrive on a vector of their own. */
#define XENFEAT_hvm_callback_vector         8
/* HVM: the paravirtual clock is safe to use. */
#define XENFEAT_hvm_safe_pvclock            9
/* HVM: physical interrupts can be bound to event channels. */
#define XENFEAT_hvm_pirqs                  10
/* The guest is (or must be) the initial domain. */
#define XENFEAT_dom0                       11
/* memory_op accepts XENMEMF_vnode. */
#define XENFEAT_memory_op_vnode_supported  13
/* ARM: hypercalls may follow the SMC calling convention. */
#define XENFEAT_ARM_SMCCC_supported        14
/* PVH: the RSDP may lie anywhere; its address is in the start structure. */
#define XENFEAT_linux_rsdp_unrestricted    15
/* The guest's memory is not, or is, mapped 1:1 (gfn equal to mfn). */
#define XENFEAT_not_direct_mapped          16
#define XENFEAT_direct_mapped              17

/* Number of 32-bit submaps in use. */
#define XENFEAT_NR_SUBMAPS 1

#endif
