/* SPDX-License-Identifier: MIT */
/*
 * The registers of AVX and AVX-512 (zmm0..31, k0..7), as far as the CPU has them: XCR0 takes what is legal, two vcpus that
 * yield to each other keep their own, and a new one finds zeros. (vcpus: 2)
 */
#include "guest.h"

#define XCR0_SSE    0x3u
#define XCR0_AVX    0x7u
#define XCR0_AVX512 0xe7u
#define CR4_OSXSAVE (1ul << 18)
#define ROUNDS      100u

struct registers {
    uint64_t vector[32][8];
    uint16_t mask[8];
};

void load_256(const struct registers *from);
void store_256(struct registers *to);
void load_512(const struct registers *from);
void store_512(struct registers *to);

__asm__(".text\n"
        "load_256:  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15; vmovdqu \\n * 64(%rdi), %ymm\\n; .endr; ret\n"
        "store_256: .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15; vmovdqu %ymm\\n, \\n * 64(%rdi); .endr; ret\n"
        "load_512:  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "           vmovdqu64 \\n * 64(%rdi), %zmm\\n; .endr\n"
        "           .irp n, 0,1,2,3,4,5,6,7; kmovw 2048 + \\n * 2(%rdi), %k\\n; .endr; ret\n"
        "store_512: .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "           vmovdqu64 %zmm\\n, \\n * 64(%rdi); .endr\n"
        "           .irp n, 0,1,2,3,4,5,6,7; kmovw %k\\n, 2048 + \\n * 2(%rdi); .endr; ret\n");

static struct registers patterns[2], found[2];
static uint32_t offered;
static volatile uint64_t rounds, wrong, left_over;

static struct trap xsetbv(uint32_t value)
{
    return TRY("xsetbv", : : "a"(value), "c"(0), "d"(0) : "memory");
}

static void xsave_on(void)
{
    uint64_t cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
}

static void load(unsigned int vcpu)
{
    (offered == XCR0_AVX512 ? load_512 : load_256)(&patterns[vcpu]);
}

static bool kept(const struct registers *want, unsigned int vcpu)
{
    memset(&found[vcpu], 0, sizeof(found[0]));
    (offered == XCR0_AVX512 ? store_512 : store_256)(&found[vcpu]);
    return !memcmp(&found[vcpu], want, sizeof(*want));
}

static void pattern(struct registers *r, uint64_t seed)
{
    for (unsigned int i = 0; i < (offered == XCR0_AVX512 ? 32 : 16); i++) {
        for (unsigned int word = 0; word < (offered == XCR0_AVX512 ? 8 : 4); word++)
            r->vector[i][word] = seed * (1 + i * 8 + word);
    }
    for (unsigned int i = 0; offered == XCR0_AVX512 && i < 8; i++)
        r->mask[i] = (uint16_t)(seed * (i + 1));
}

static void second(void)
{
    static const struct registers zero;

    xsave_on();
    __asm__ volatile("xsetbv" : : "a"(offered), "c"(0), "d"(0));
    left_over = !kept(&zero, 1);
    load(1);
    for (;;) {
        hypercall(sched_op, SCHEDOP_yield);
        wrong += !kept(&patterns[1], 1);
        rounds++;
    }
}

void test_main(void)
{
    uint32_t high, xcr0, wrong_here = 0;

    __asm__ volatile("ud2; .ascii \"xen\"; cpuid" : "=a"(offered), "=d"(high) : "a"(13), "c"(0) : "rbx");
    if (offered < XCR0_AVX) {
        ktap_skip("vector registers", "the CPU has no AVX");
        return;
    }
    expect_trap("xsetbv before OSXSAVE", xsetbv(XCR0_SSE), 6, 0);
    xsave_on();
    __asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(high) : "c"(0));
    ktap_equal("a kernel finds x87 and SSE enabled", xcr0, XCR0_SSE);
    expect_trap("and no AVX", TRY("vpxor %%ymm0, %%ymm0, %%ymm0", : : : "memory"), 6, 0);
    expect_trap("AVX without SSE", xsetbv(5), 13, 0);
    expect_trap("nothing", xsetbv(0), 13, 0);
    expect_trap("a part of AVX-512", xsetbv(XCR0_AVX | 0x20), 13, 0);
    expect_trap("AVX-512 without AVX", xsetbv(XCR0_AVX512 & ~4u), 13, 0);
    expect_trap("what is not offered", xsetbv(offered | 0x200), 13, 0);
    expect_no_trap("all that is", xsetbv(offered));
    if (offered != XCR0_AVX512)
        ktap_skip("AVX-512", "the CPU has none");
    else
        expect_no_trap("AVX-512", TRY("vpxorq %%zmm31, %%zmm31, %%zmm31; kxorw %%k7, %%k7, %%k7", : : : "memory"));

    pattern(&patterns[0], 0x0123456789abcdef);
    pattern(&patterns[1], 0xfedcba9876543210);
    load(0);
    expect("another vcpu", vcpu_start(1, second), 0);
    for (unsigned int n = 0; n < ROUNDS || (rounds < ROUNDS && n < 1000 * ROUNDS); n++) {
        hypercall(sched_op, SCHEDOP_yield);
        wrong_here += !kept(&patterns[0], 0);
    }
    ktap_equal("it began with zeros", left_over, 0);
    ktap_ok("it had its turns", rounds >= ROUNDS);
    ktap_equal("and kept its registers", wrong, 0);
    ktap_equal("as we did ours", wrong_here, 0);
    expect_no_trap("back to SSE", xsetbv(XCR0_SSE));
    for (uint64_t end = rounds + 10; rounds < end;)
        hypercall(sched_op, SCHEDOP_yield);
    expect_trap("the rest is out of reach", TRY("vpxor %%ymm0, %%ymm0, %%ymm0", : : : "memory"), 6, 0);
    expect_no_trap("enabled again", xsetbv(offered));
    ktap_ok("it is as it was", kept(&patterns[0], 0));
    hypercall(vcpu_op, VCPUOP_down, 1, NULL);
}
