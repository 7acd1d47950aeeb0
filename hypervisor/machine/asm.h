/* SPDX-License-Identifier: MIT */
/*
 * For assembly, in .S files and in C: the exception table (a fault at one address continues at another) and STAC /
 * CLAC, which are no-ops until copy_use_smap() writes the instructions in.
 */
#pragma once

/* The same text is assembly in a .S file and a string in C. */
#ifdef __ASSEMBLER__
#define ASM_TEXT(...) __VA_ARGS__
#else
#define ASM_TEXT(...)   ASM_STRING(__VA_ARGS__)
#define ASM_STRING(...) #__VA_ARGS__ "\n"
#endif

/* clang-format off */
#define EXTABLE(fault, fixup) \
    ASM_TEXT(.pushsection .extable, "a"; .balign 4; .long fault - .; .long fixup - .; .popsection)
#define SMAP_SITE(opcode) \
    ASM_TEXT(771: .byte 0x0f, 0x1f, 0x00; \
             .pushsection .smap_sites, "a"; .balign 4; .long 771b - .; .long opcode; .popsection)
/* clang-format on */
#define STAC SMAP_SITE(0xcb)
#define CLAC SMAP_SITE(0xca)
