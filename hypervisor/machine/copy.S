/* SPDX-License-Identifier: MIT */
/* Bulk copies that survive a fault: rdi to, rsi from, rdx bytes; rax: bytes not copied. */
#include "machine/asm.h"

    .text
    .globl copy_from_user_raw, copy_to_user_raw
copy_from_user_raw:
copy_to_user_raw:
    STAC
    mov %rdx, %rcx
    shr $3, %rcx
    and $7, %edx
1:  rep movsq
    mov %edx, %ecx
2:  rep movsb
3:  CLAC
    mov %rcx, %rax
    ret
4:  lea (%rdx, %rcx, 8), %rcx
    jmp 3b
    EXTABLE(1b, 4b)
    EXTABLE(2b, 3b)

    .section .note.GNU-stack, "", @progbits
