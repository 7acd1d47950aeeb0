/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions under their C names. In the hypervisor they are ours; when built
 * for the host the libc's (and so the sanitizers') are used and only strlcpy is added.
 */
#pragma once

#include "lib/types.h"

#if __STDC_HOSTED__
#include <string.h>
#else
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
#endif

/* Copies as much as fits, always terminates (size > 0); returns strlen(src). */
size_t strlcpy(char *dst, const char *src, size_t size);
