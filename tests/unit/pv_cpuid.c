/* SPDX-License-Identifier: MIT */
/*
 * CPUs that QEMU's TCG does not have, as a guest is to see them: AVX-512 with PKRU, AMX, XSAVES and SGX around it. What
 * the save area holds, what a guest may put in XCR0, and that CPUID speaks of exactly that.
 */
#include "unit.h"
#include "machine/clock.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/insn.h"
#include "pv/emulate.h"
#include "pv/pv.h"

#define AVX512 0xe7ul
#define AVX    0x7ul
#define PKRU   (1ul << 9)
#define AMX    (3ul << 17)

uint64_t cpu_features, clock_tsc_khz = 2000000;
unsigned int cpu_phys_bits = 46;
bool cpu_is_amd;
struct clock_scale clock_tsc_scale;

/* Sizes and offsets as Intel's and AMD's CPUs have them. */
static const struct {
    uint32_t size, offset;
} components[19] = {[2] = {256, 576},  [5] = {64, 1088},  [6] = {512, 1152},  [7] = {1024, 1664},
                    [9] = {8, 2688},   [17] = {64, 2752}, [18] = {8192, 2816}};
static uint64_t has, xcr0; /* components of the CPU; the register */

static uint32_t area(uint64_t mask)
{
    uint32_t end = 576;

    for (unsigned int i = 2; i < 19; i++)
        if (mask >> i & 1 && components[i].offset + components[i].size > end)
            end = components[i].offset + components[i].size;
    return end;
}

struct cpuid_regs cpuid(uint32_t leaf, uint32_t sub)
{
    struct cpuid_regs all = {~0u, ~0u, ~0u, ~0u};

    if (leaf != 13)
        return all;
    if (sub == 0)
        return (struct cpuid_regs){(uint32_t)has, area(xcr0), area(has), 0};
    if (sub == 1)
        return (struct cpuid_regs){0x1f, area(xcr0), 0x1800, 0};
    if (sub < 19 && has >> sub & 1)
        return (struct cpuid_regs){components[sub].size, components[sub].offset, 0, 0};
    return (struct cpuid_regs){0};
}

uint64_t xgetbv(uint32_t index)
{
    assert_int_equal(index, 0);
    return xcr0;
}

void xsetbv(uint32_t index, uint64_t value)
{
    assert_int_equal(index, 0);
    assert_int_equal(value & ~has, 0);
    xcr0 = value;
}

static struct vcpu v = {.kernel_mode = true};

static struct cpuid_regs asked(uint32_t leaf, uint32_t sub)
{
    struct regs r = {.rax = leaf, .rcx = sub};

    emulate_cpuid(&v, &r, true);
    return (struct cpuid_regs){(uint32_t)r.rax, (uint32_t)r.rbx, (uint32_t)r.rcx, (uint32_t)r.rdx};
}

static void boot_with(uint64_t components_of_cpu)
{
    cpu_features = components_of_cpu ? 1ul << CPU_XSAVE : 0;
    has = components_of_cpu;
    fpu_xcr0 = 0;
    fpu_size = 512 + 64;
    xcr0 = 1;
    fpu_detect();
}

static void avx512_is_saved_whole(void **state)
{
    (void)state;
    boot_with(AVX512 | PKRU | AMX);
    assert_int_equal(fpu_xcr0, AVX512); /* of PKRU and AMX nothing is shown, so nothing need be kept */
    assert_int_equal(xcr0, AVX512);
    assert_int_equal(fpu_size, 2688 + 64);
    boot_with(AVX512 & ~0x20ul); /* no CPU has a part of it, but a hypervisor below us may say so */
    assert_int_equal(fpu_xcr0, AVX);
    assert_int_equal(fpu_size, 832 + 64);
    boot_with(0);
    assert_int_equal(fpu_size, 512 + 64);
}

static void a_guest_enables_legal_sets(void **state)
{
    static const uint64_t legal[] = {1, 3, AVX, AVX512};
    static const uint64_t not[] = {0, 2, 5, 0xe3, 0x27, 0x67, 0xc7, AVX512 | PKRU, AVX512 | AMX, 1ul << 63 | 1};
    char *area_of_guest;

    (void)state;
    boot_with(AVX512 | PKRU | AMX);
    area_of_guest = aligned_alloc(64, fpu_size);
    fpu_init_area(area_of_guest);
    for (size_t i = 0; i < ARRAY_SIZE(legal); i++) {
        assert_true(fpu_set_xcr0(area_of_guest, legal[i], true));
        assert_int_equal(xcr0, legal[i]);
        assert_int_equal(asked(13, 0).ebx, area(legal[i]));
    }
    for (size_t i = 0; i < ARRAY_SIZE(not); i++)
        assert_false(fpu_set_xcr0(area_of_guest, not[i], true));
    assert_int_equal(xcr0, AVX512);
    free(area_of_guest);
}

static void cpuid_tells_of_what_may_be_enabled(void **state)
{
    (void)state;
    boot_with(AVX512 | PKRU | AMX);
    assert_int_equal(asked(13, 0).eax, AVX512);
    assert_int_equal(asked(13, 0).ecx, 2688);
    assert_int_equal(asked(13, 0).edx, 0);
    assert_int_equal(asked(13, 1).eax, 7); /* no XSAVES: only ring 0 has it */
    assert_int_equal(asked(13, 1).ecx, 0);
    for (uint32_t i = 2; i < 70; i++) {
        assert_int_equal(asked(13, i).eax, i < 8 ? components[i].size : 0);
        assert_int_equal(asked(13, i).ebx, i < 8 ? components[i].offset : 0);
    }
    boot_with(0);
    assert_int_equal(asked(13, 0).eax, 0);
    assert_int_equal(asked(13, 0).ecx, 0);
}

static void features_that_need_more_are_hidden(void **state)
{
    struct cpuid_regs r = asked(7, 0);

    (void)state;
    assert_int_equal(r.ebx & 0xd0230020, 0xd0230020); /* avx2, avx512 f dq ifma cd bw vl */
    assert_int_equal(r.ecx & 0x00005842, 0x00005842); /* avx512 vbmi vbmi2 vnni bitalg vpopcntdq */
    assert_int_equal(r.ecx & 0x18, 0);                /* pku */
    assert_int_equal(r.edx & 0x0080010c, 0x0080010c); /* avx512 4vnniw 4fmaps vp2intersect fp16 */
    assert_int_equal(r.edx & 0xff500000, 0);          /* ibt amx spec-ctrl */
    assert_int_equal(r.eax, 1);
    assert_int_equal(asked(7, 1).eax, 0x00801c30); /* not amx-fp16, fred, lam */
    assert_int_equal(asked(7, 2).edx, 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(asked((uint32_t[]){0x12, 0x14, 0x1d, 0x1e}[i], 0).eax, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(avx512_is_saved_whole),
        cmocka_unit_test(a_guest_enables_legal_sets),
        cmocka_unit_test(cpuid_tells_of_what_may_be_enabled),
        cmocka_unit_test(features_that_need_more_are_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
