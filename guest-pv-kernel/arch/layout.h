/* SPDX-License-Identifier: MIT
 * The virtual address space, for C and assembly alike. Invariants: everything a user process owns
 * is in l4 slot 0; slots 256..271 are the hypervisor's; the direct map is slot 272 and the image
 * 511. */
#ifndef ARCH_LAYOUT_H
#define ARCH_LAYOUT_H

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096
#define STACK_SIZE 16384 /* kernel stacks: aligned to their size, first page an unmapped guard */
#define MAX_CPUS 8

#ifdef __ASSEMBLER__
#define VIRT_BASE 0xffffffff80000000
#else
#define VIRT_BASE 0xffffffff80000000UL
#define DIRECT_BASE 0xffff880000000000UL
#define USER_TEXT 0x400000UL       /* where programs are linked */
#define USER_STACK_TOP 0x3ffff000UL /* below 1 GiB: one l2 table serves the whole process */
#define USER_STACK_PAGES 16
#define USER_END 0x40000000UL
#endif

/* Selectors the hypervisor keeps valid in every GDT: flat 64-bit code and data, ring 3. */
#define SEL_CODE 0xe033
#define SEL_DATA 0xe02b

/* Offsets into struct cpu that entry.S and the interrupt-flag accessors use; asserted in C. */
#define CPU_SELF 0
#define CPU_UPCALL_PENDING 64
#define CPU_UPCALL_MASK 65
#define CPU_PENDING_SELECTOR 72

/* Of shared_info: 32 vcpus of 64 bytes come first. */
#define SHARED_PENDING 2048

#endif
