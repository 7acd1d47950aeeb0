/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's CPUID leaves, from 0x40000000 (a guest should also look at the next multiples of
 * 0x100 above it). A PV guest asks with the forced-emulation prefix, XEN_CPUID.
 *
 *   +0  eax: last leaf. ebx, ecx, edx: the signature "XenVMMXenVMM"
 *   +1  eax: version, major << 16 | minor
 *   +2  eax: hypercall pages (1). ebx: base of the hypervisor's MSRs. ecx: FEAT1 bits. edx: 0
 *   +3  time; ecx selects.
 *       0: eax bit 0 TSC emulated, 1 TSC reliable, 2 rdtscp; ebx mode; ecx TSC kHz; edx incarnation
 *       1: ebx:eax TSC offset, ecx multiplier, edx shift of vcpu_time_info
 *       2: eax host TSC kHz
 *   +4  HVM; eax features, ebx vcpu id, ecx domid
 *   +5  PV; eax last sub-leaf, ebx bits 0-7 width of machine addresses in bits
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_ARCH_X86_CPUID_H__
#define __XEN_PUBLIC_ARCH_X86_CPUID_H__

#define XEN_CPUID_FIRST_LEAF 0x40000000
#define XEN_CPUID_LEAF(i)    (XEN_CPUID_FIRST_LEAF + (i))

/* "XenV" "MMXe" "nVMM" */
#define XEN_CPUID_SIGNATURE_EBX 0x566e6558
#define XEN_CPUID_SIGNATURE_ECX 0x65584d4d
#define XEN_CPUID_SIGNATURE_EDX 0x4d4d566e

/* Leaf +2, ecx: MMU_PT_UPDATE_PRESERVE_AD is understood. */
#define _XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD 0
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD  (1u << 0)

/* Leaf +4, eax: */
#define XEN_HVM_CPUID_APIC_ACCESS_VIRT (1u << 0)    /* APIC accesses virtualised by hardware */
#define XEN_HVM_CPUID_X2APIC_VIRT      (1u << 1)
#define XEN_HVM_CPUID_IOMMU_MAPPINGS   (1u << 2)    /* foreign mappings are in the IOMMU as well */
#define XEN_HVM_CPUID_VCPU_ID_PRESENT  (1u << 3)    /* ebx is valid */
#define XEN_HVM_CPUID_DOMID_PRESENT    (1u << 4)    /* ecx is valid */
#define XEN_HVM_CPUID_EXT_DEST_ID      (1u << 5)    /* 15-bit APIC ids in MSIs and I/O APICs */
#define XEN_HVM_CPUID_UPCALL_VECTOR    (1u << 6)    /* per-vcpu vectors work for pirqs too */

/* Leaf +5, ebx. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK (0xffu << 0)

/* Last of the leaves above. */
#define XEN_CPUID_MAX_NUM_LEAVES 5

#endif
