/* SPDX-License-Identifier: MIT */
/*
 * The memory functions the compiler expects to find, and the few string functions we use.
 * Bulk moves are rep movsq/stosq and bytes for the rest: fast on silicon, and under an emulator,
 * where each repetition costs an instruction, eight times cheaper than by bytes. Tests include this
 * file with the names changed to compare it with the libc.
 */
#include "lib/string.h"

#if !__STDC_HOSTED__ || defined(LIB_STRING_TEST)

/* gcc would otherwise recognise the loops below and call the function being defined. */
#ifdef __clang__
#define NO_IDIOMS __attribute__((no_builtin))
#else
#define NO_IDIOMS __attribute__((optimize("no-tree-loop-distribute-patterns")))
#endif

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
    void *to = dst;
    size_t words = n / 8, rest = n % 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(src), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(rest) : : "memory");
    return dst;
}

NO_IDIOMS void *memmove(void *dst, const void *src, size_t n)
{
    char *to = dst;
    const char *from = src;

    if ((uintptr_t)dst - (uintptr_t)src >= n)
        return memcpy(dst, src, n);
    /* Not std; rep movsb: an NMI would enter C code with the direction flag set. */
    while (n--)
        to[n] = from[n];
    return dst;
}

void *memset(void *dst, int byte, size_t n)
{
    void *to = dst;
    uint64_t word = 0x0101010101010101ul * (uint8_t)byte;
    size_t words = n / 8, rest = n % 8;

    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(word) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(word) : "memory");
    return dst;
}

NO_IDIOMS int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *pa = a, *pb = b;

    for (size_t i = 0; i < n; i++)
        if (pa[i] != pb[i])
            return pa[i] - pb[i];
    return 0;
}

NO_IDIOMS size_t strnlen(const char *s, size_t max)
{
    size_t n = 0;

    while (n < max && s[n])
        n++;
    return n;
}

size_t strlen(const char *s)
{
    return strnlen(s, SIZE_MAX);
}

#endif

size_t strlcpy(char *dst, const char *src, size_t size)
{
    size_t len = strlen(src);

    if (size) {
        size = min(len, size - 1);
        memcpy(dst, src, size);
        dst[size] = '\0';
    }
    return len;
}
