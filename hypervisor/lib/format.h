/* SPDX-License-Identifier: MIT */
/*
 * Text out of numbers, without allocation. All three write at most `size` bytes including the
 * terminating NUL (nothing when size is 0) and return the length the full text has.
 */
#pragma once

#include "lib/types.h"

/*
 * The printf subset: %c %s %d %u %x %%, lengths h l ll z, the flag 0, width as digits, and for %s precision as digits
 * or *.
 */
size_t format_va(char *buf, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);
size_t format(char *buf, size_t size, const char *fmt, ...) PRINTF_LIKE(3, 4);

/*
 * Refusal texts: {0:x} hex with 0x, {0:d} signed, {0:u} unsigned, numbered by argument. They come from abi/generate, which
 * lets no other brace pass, nor a number without its value.
 */
size_t format_braces(char *buf, size_t size, const char *fmt, const uint64_t *values);
