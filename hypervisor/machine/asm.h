/* SPDX-License-Identifier: MIT */
/*
 * For assembly, in .S files and in C: the exception table (a fault at one address continues at another) and STAC /
 * CLAC, which are no-ops until copy_use_smap() writes the instructions in.
 */
#pragma once

#ifdef __ASSEMBLER__

.macro EXTABLE fault, fixup
    .pushsection .extable, "a"
    .balign 4
    .long \fault - .
    .long \fixup - .
    .popsection
.endm

.macro SMAP_SITE opcode
771:
    .byte 0x0f, 0x1f, 0x00
    .pushsection .smap_sites, "a"
    .balign 4
    .long 771b - .
    .long \opcode
    .popsection
.endm

#define STAC SMAP_SITE 0xcb
#define CLAC SMAP_SITE 0xca

#else

#define EXTABLE(fault, fixup)                                                                  \
    ".pushsection .extable, \"a\"\n.balign 4\n.long " fault " - .\n.long " fixup " - .\n.popsection\n"
#define SMAP_SITE(opcode)                                                                      \
    "771: .byte 0x0f, 0x1f, 0x00\n.pushsection .smap_sites, \"a\"\n.balign 4\n"                \
    ".long 771b - .\n.long " opcode "\n.popsection\n"
#define STAC SMAP_SITE("0xcb")
#define CLAC SMAP_SITE("0xca")

#endif
