/* SPDX-License-Identifier: MIT */
/* See fpu.h. */
#include "machine/fpu.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/insn.h"

#define XCR0_X87      0x1ul
#define XCR0_SSE      0x2ul
#define XCR0_AVX      0x4ul
#define XCR0_AVX512   0xe0ul
#define XCR0_WANTED   (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)
#define FCW_INITIAL   0x37f
#define MXCSR_INITIAL 0x1f80

uint64_t fpu_xcr0;
size_t fpu_size = 512 + 64;

/* The guest's xcr0 is kept behind the registers. */
static uint64_t *area_xcr0(const void *area)
{
    return (uint64_t *)((char *)area + fpu_size - 64);
}

/* Only what we support, and each component with those it builds on. */
static bool xcr0_valid(uint64_t xcr0)
{
    uint64_t avx512 = xcr0 & XCR0_AVX512;

    return (xcr0 & XCR0_X87) && !(xcr0 & ~fpu_xcr0) && (!(xcr0 & XCR0_AVX) || (xcr0 & XCR0_SSE)) &&
           (!avx512 || (avx512 == XCR0_AVX512 && (xcr0 & XCR0_AVX)));
}

void fpu_detect(void)
{
    struct cpuid_regs r;

    if (!cpu_has(CPU_XSAVE))
        return;
    r = cpuid(13, 0);
    fpu_xcr0 = r.eax & XCR0_WANTED;
    if (!xcr0_valid(fpu_xcr0))
        fpu_xcr0 &= ~XCR0_AVX512;
    fpu_setup();
    fpu_size = align_up((size_t)cpuid(13, 0).ebx, 64) + 64; /* for what xcr0 has now */
}

void fpu_setup(void)
{
    if (fpu_xcr0)
        xsetbv(0, fpu_xcr0);
}

void fpu_init_area(void *area)
{
    memset(area, 0, fpu_size);
    *(uint16_t *)area = FCW_INITIAL;
    *(uint32_t *)((char *)area + 24) = MXCSR_INITIAL;
    *area_xcr0(area) = XCR0_X87 | XCR0_SSE; /* what a PV guest finds */
}

void fpu_import_fxsave(void *area, const void *image)
{
    uint32_t *mxcsr = (uint32_t *)((char *)area + 24);

    memcpy(area, image, 512);
    *mxcsr &= 0xffbf; /* bits every CPU has: FXRSTOR and XRSTOR fault on others */
    if (fpu_xcr0)
        *(uint64_t *)((char *)area + 512) |=
            XCR0_X87 | XCR0_SSE; /* XSTATE_BV: these two are in the area */
}

bool fpu_set_xcr0(void *area, uint64_t xcr0, bool live)
{
    if (!xcr0_valid(xcr0))
        return false;
    *area_xcr0(area) = xcr0;
    if (live)
        xsetbv(0, xcr0);
    return true;
}

void fpu_save(void *area)
{
    char *a = area;

    if (!fpu_xcr0) {
        asm volatile("fxsave64 %0" : "=m"(*(char(*)[512])a)::"memory");
        return;
    }
    if (*area_xcr0(area) != fpu_xcr0)
        xsetbv(0, fpu_xcr0);
    if (cpu_has(CPU_XSAVEOPT))
        asm volatile("xsaveopt64 %0" : "+m"(*a) : "a"(~0u), "d"(~0u) : "memory");
    else
        asm volatile("xsave64 %0" : "+m"(*a) : "a"(~0u), "d"(~0u) : "memory");
}

void fpu_restore(const void *area)
{
    const char *a = area;
    static const uint32_t zero;

    /* AMD leaves the last FP instruction's address alone unless an exception is pending: overwrite
     * it with ours. */
    if (cpu_is_amd)
        asm volatile("fnclex; emms; fildl %0" ::"m"(zero));
    if (!fpu_xcr0) {
        asm volatile("fxrstor64 %0" ::"m"(*(const char(*)[512])a) : "memory");
        return;
    }
    if (xgetbv(0) != fpu_xcr0)
        xsetbv(0, fpu_xcr0);
    asm volatile("xrstor64 %0" ::"m"(*a), "a"(~0u), "d"(~0u) : "memory");
    if (*area_xcr0(area) != fpu_xcr0)
        xsetbv(0, *area_xcr0(area));
}
