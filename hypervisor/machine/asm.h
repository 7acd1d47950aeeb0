/* SPDX-License-Identifier: MIT */
/*
 * For assembly, in .S files and in C: the exception table (a fault at one address continues at another) and STAC /
 * CLAC, which copy_without_smap() makes no-ops.
 */
#pragma once

/* The same text is assembly in a .S file and a string in C. */
#ifdef __ASSEMBLER__
#define ASM_TEXT(...) __VA_ARGS__

/*
 * The first five bytes at `place` may become a jump to `detour`, which does the same and more (machine/mitigations.c):
 * what is there must be as long, and only its first byte be jumped to.
 */
        .macro DETOUR table, place, detour
        .pushsection .detours.\table, "a"
        .balign 4
        .long   \place - .
        .long   \detour - .
        .popsection
        .endm

#else
#define ASM_TEXT(...)   ASM_STRING(__VA_ARGS__)
#define ASM_STRING(...) #__VA_ARGS__ "\n"

#include "lib/types.h"

/* What a word of these tables means: each is relative to its own address. */
static inline uint64_t address_at(const int32_t *relative)
{
    return (uint64_t)relative + (uint64_t)(int64_t)*relative;
}
#endif

/* clang-format off */
#define EXTABLE(fault, fixup) \
    ASM_TEXT(.pushsection .extable, "a"; .balign 4; .long fault - .; .long fixup - .; .popsection)
#define SMAP_SITE(insn) \
    ASM_TEXT(771: insn; .pushsection .smap_sites, "a"; .balign 4; .long 771b - .; .popsection)
/* clang-format on */
#define STAC SMAP_SITE(stac)
#define CLAC SMAP_SITE(clac)
