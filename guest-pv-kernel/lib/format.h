/* SPDX-License-Identifier: MIT
 * Declares lib/format.c: printf's directives d i u x X p s c % with width, 0, -, l and ll. */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

typedef void (*format_put)(void *to, const char *text, size_t n);

void format_to(format_put put, void *to, const char *fmt, va_list args);
int format_buffer_va(char *to, size_t size, const char *fmt, va_list args);
__attribute__((format(printf, 3, 4)))
int format_buffer(char *to, size_t size, const char *fmt, ...);

#endif
