/* SPDX-License-Identifier: MIT */
/*
 * Where we live in every address space (l4 slots 256..271), and where the loader puts us. Shared by
 * C, assembly and the linker script; nothing but numbers.
 *
 *   slot 256  0xffff800000000000  M2P, read-only to guests
 *   slot 257  0xffff808000000000  frame table
 *   slot 258  0xffff810000000000  our image (at its physical address), then by GiB:
 *                        +1 GiB   device registers (fixmap)
 *                        +1.5 GiB a region of 64 KiB per pcpu: stacks and struct pcpu (pcpu.h)
 *                        +3 GiB   an area of 2 MiB per pcpu, so by a table of its own: GDT and LDT (segments.h)
 *   slot 262  0xffff830000000000  direct map of all RAM
 */
#pragma once

#ifdef __ASSEMBLER__
#define ADDRESS(n) n
#else
#define ADDRESS(n) n##ul
#endif

#define M2P_BASE         ADDRESS(0xffff800000000000)
#define FRAME_TABLE_BASE ADDRESS(0xffff808000000000)
#define HYPERVISOR_BASE  ADDRESS(0xffff810000000000)
#define FIXMAP_BASE      ADDRESS(0xffff810040000000)
#define PCPU_AREA        ADDRESS(0xffff810060000000) /* within 2 GiB of entry.S: RIP-relative */
#define DESC_AREA        ADDRESS(0xffff8100c0000000)
#define DIRECT_MAP_BASE  ADDRESS(0xffff830000000000)

#define PCPU_REGION_SIZE ADDRESS(0x10000)
#define PCPU_STRUCT_OFF  ADDRESS(0xff00) /* struct pcpu; the main stack begins below it */
#define PCPU_MAIN_STACK 9 /* first page of a pcpu's main stack; below it, every other page is a guard (pcpu.h) */

#define DESC_AREA_SIZE ADDRESS(0x200000) /* per pcpu: 16 pages of GDT, 16 pages of LDT, used no further */

/* Pages of the fixmap. */
#define FIX_LAPIC  0
#define FIX_IOAPIC 1

#define BOOT_MAP_SIZE ADDRESS(0x100000000) /* what head.S maps at DIRECT_MAP_BASE, until mappings.c maps all RAM there */

/* Selectors that exist whatever GDT the guest sets: descriptors in page 14 of the GDT. */
#define SEL_CS64     0xe008
#define SEL_DS       0xe010
#define SEL_USER32   0xe023
#define SEL_USER_SS  0xe02b
#define SEL_USER64   0xe033
#define SEL_TSS      0xe040
#define SEL_LDT      0xe050
#define GDT_RESERVED 0xe000 /* offset of the first reserved descriptor */
