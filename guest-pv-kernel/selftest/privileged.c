/* SPDX-License-Identifier: MIT
 * Privileged instructions, which the hypervisor emulates for a kernel in ring 3: each has the
 * effect it would have on a machine of our own, or the exception. */
#include "selftest/test.h"

#define CR0_TS 8UL
#define CR4_OSXSAVE 0x40000UL
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_EFER 0xc0000080

/* x: in and out in rax. */
#define INSN(name, text)                                                                           \
    static uint64_t name(uint64_t x)                                                               \
    {                                                                                              \
        __asm__ volatile(text : "+a"(x)::"rbx", "rcx", "rdx", "memory", "cc");                     \
        return x;                                                                                  \
    }

INSN(read_cr0, "mov %%cr0, %%rax")
INSN(write_cr0, "mov %%rax, %%cr0")
INSN(read_cr2, "mov %%cr2, %%rax")
INSN(write_cr2, "mov %%rax, %%cr2")
INSN(read_cr3, "mov %%cr3, %%rax")
INSN(read_cr4, "mov %%cr4, %%rax")
INSN(write_cr4, "mov %%rax, %%cr4")
INSN(do_clts, "clts")
INSN(read_dr3, "mov %%dr3, %%rax")
INSN(write_dr3, "mov %%rax, %%dr3")
INSN(do_cpuid,
     ".byte 0x0f, 0x0b, 'x', 'e', 'n'; cpuid; shl $32, %%rcx; mov %%ebx, %%eax; or %%rcx, %%rax")
INSN(read_msr, "mov %%eax, %%ecx; rdmsr; shl $32, %%rdx; mov %%eax, %%eax; or %%rdx, %%rax")
INSN(write_fs_base, "mov $0xc0000100, %%ecx; mov %%rax, %%rdx; shr $32, %%rdx; wrmsr")
INSN(write_fs_bad, "mov $0xc0000100, %%ecx; mov $0x80000000, %%edx; wrmsr")
INSN(write_lstar, "mov $0xc0000082, %%ecx; xor %%eax, %%eax; xor %%edx, %%edx; wrmsr")
INSN(do_xsetbv, "xor %%ecx, %%ecx; mov $3, %%eax; xor %%edx, %%edx; xsetbv")
INSN(do_xgetbv, "xor %%ecx, %%ecx; xgetbv; mov %%eax, %%eax")
INSN(do_wbinvd, "wbinvd")
INSN(read_fs_0, "mov %%fs:0, %%rax")

INSN(do_hlt, "hlt")
INSN(do_lgdt, "push %%rax; push %%rax; lgdt (%%rsp); pop %%rax; pop %%rax")
INSN(do_lidt, "push %%rax; push %%rax; lidt (%%rsp); pop %%rax; pop %%rax")
INSN(do_lldt, "lldt %%ax")
INSN(do_ltr, "ltr %%ax")
INSN(do_lmsw, "lmsw %%ax")
INSN(do_invlpg, "invlpg (%%rax)")
INSN(do_invd, "invd")
INSN(do_swapgs, "swapgs")
INSN(do_sysret, "sysretq")
INSN(do_rdpmc, "xor %%ecx, %%ecx; rdpmc")
INSN(read_cr8, "mov %%cr8, %%rax")

static void protected(struct test_info *t)
{
    static uint64_t (*const list[])(uint64_t) = {
        do_hlt,    do_lgdt, do_lidt,   do_lldt,   do_ltr,   do_lmsw,
        do_invlpg, do_invd, do_swapgs, do_sysret, do_rdpmc, read_cr8,
    };

    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        struct expect e;

        expect_run(&e, list[i], 0);
        CHECK_TRUE(e.trapped);
        if (!CHECK(e.regs.vector, 13))
            t->why[0] = (char)('a' + i); /* which of them */
    }
}

static uint64_t value(struct test_info *t, uint64_t (*fn)(uint64_t), uint64_t arg)
{
    struct expect e;
    uint64_t got = expect_run(&e, fn, arg);

    CHECK(e.trapped, 0);
    return got;
}

static void task_switched(struct test_info *t)
{
    bool irq = irq_save();
    uint64_t cr0 = value(t, read_cr0, 0);

    CHECK(cr0 & 0x80010021, 0x80010021); /* PG WP NE PE */
    CHECK(cr0 & CR0_TS, 0);
    HYPERVISOR_fpu_taskswitch(1);
    CHECK(value(t, read_cr0, 0) & CR0_TS, CR0_TS);
    value(t, do_clts, 0);
    CHECK(value(t, read_cr0, 0) & CR0_TS, 0);
    value(t, write_cr0, cr0 | CR0_TS);
    CHECK(value(t, read_cr0, 0) & CR0_TS, CR0_TS);
    value(t, write_cr0, cr0);
    CHECK(value(t, read_cr0, 0), cr0);
    irq_restore(irq);
}

static void cr0_refused(struct test_info *t)
{
    struct expect e;

    expect_run(&e, write_cr0, value(t, read_cr0, 0) & ~0x80000000UL); /* paging off */
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 13);
}

static void fault_address(struct test_info *t)
{
    bool irq = irq_save();

    value(t, write_cr2, 0x123456);
    CHECK(value(t, read_cr2, 0), 0x123456);
    irq_restore(irq);
}

static void root(struct test_info *t)
{
    bool irq = irq_save();
    uint64_t pfn = current()->space.root.kernel_pfn;

    CHECK(value(t, read_cr3, 0), pfn_to_mfn(pfn) << PAGE_SHIFT);
    irq_restore(irq);
}

static void extended_state(struct test_info *t)
{
    bool irq = irq_save(), xsave = value(t, do_cpuid, 1) >> (32 + 26) & 1; /* in ecx */
    uint64_t cr4 = value(t, read_cr4, 0);
    struct expect e;

    CHECK(cr4 & 0x620, 0x620); /* PAE, OSFXSR, OSXMMEXCPT */
    value(t, write_cr4, cr4 & ~CR4_OSXSAVE);
    expect_run(&e, do_xsetbv, 0);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 6);
    value(t, write_cr4, cr4 | CR4_OSXSAVE);
    CHECK(value(t, read_cr4, 0) & CR4_OSXSAVE, xsave ? CR4_OSXSAVE : 0);
    if (xsave) {
        value(t, do_xsetbv, 0);
        CHECK(value(t, do_xgetbv, 0), 3);
    }
    value(t, write_cr4, cr4);
    CHECK(value(t, read_cr4, 0), cr4);
    irq_restore(irq);
}

static void debug_moves(struct test_info *t)
{
    bool irq = irq_save();

    value(t, write_dr3, 0x1234000);
    CHECK(value(t, read_dr3, 0), 0x1234000);
    CHECK(HYPERVISOR_get_debugreg(3), 0x1234000);
    value(t, write_dr3, 0);
    irq_restore(irq);
}

static void signature(struct test_info *t)
{
    CHECK(value(t, do_cpuid, 0x40000000), 0x65584d4d566e6558); /* "XenVMMXe": ebx, ecx */
}

static void msr_bases(struct test_info *t)
{
    static uint64_t data = 0x77;
    struct expect e;
    bool irq = irq_save();

    value(t, write_fs_base, (uint64_t)&data);
    CHECK(value(t, read_fs_0, 0), 0x77);
    CHECK(value(t, read_msr, MSR_FS_BASE), (uint64_t)&data);
    value(t, write_fs_base, 0);
    CHECK(value(t, read_msr, MSR_GS_BASE), (uint64_t)this_cpu());
    expect_run(&e, write_fs_bad, 0);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 13);
    irq_restore(irq);
}

static void msr_others(struct test_info *t)
{
    struct expect e;

    CHECK(value(t, read_msr, MSR_EFER) & 0x501, 0x501); /* LMA LME SCE */
    expect_run(&e, read_msr, 0x12345);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 13);
    expect_run(&e, write_lstar, 0);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 13);
}

static void caches(struct test_info *t)
{
    value(t, do_wbinvd, 0);
}

const struct test privileged_tests[] = {
    {"privileged.protected", protected},
    {"privileged.task_switched", task_switched},
    {"privileged.cr0_refused", cr0_refused},
    {"privileged.fault_address", fault_address},
    {"privileged.root", root},
    {"privileged.extended_state", extended_state},
    {"privileged.debug_moves", debug_moves},
    {"privileged.signature", signature},
    {"privileged.msr_bases", msr_bases},
    {"privileged.msr_others", msr_others},
    {"privileged.caches", caches},
    {0},
};
