/* SPDX-License-Identifier: MIT */
/*
 * CPUID as a PV guest is to see it: the hypervisor's own leaves with the ABI's signature, and the CPU's without what
 * a guest in ring 3 cannot use. Seen only by guests that ask through the forced-emulation prefix (or where the CPU
 * can be made to fault on CPUID).
 */
#include "machine/clock.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/insn.h"
#include "pv/emulate.h"
#include "pv/pv.h"
#include <xen/arch-x86/cpuid.h>

#define BIT(n) (1u << (n))
#define LEAF1_OSXSAVE    BIT(27)
#define LEAF1_HYPERVISOR BIT(31)
#define FIRST_COMPONENT  2u   /* of the XSAVE area: behind the legacy 512 bytes and the header */
#define XSAVE_SHOWN      0x7u /* xsaveopt xsavec xgetbv1; not xsaves, xfd */
#define NONE             0u
#define ALL              ~0u

/* Leaves of which nothing is shown: monitor, power, cache access, counters, SGX, PT, AMX, SVM. */
static const uint32_t hidden[] = {5, 6, 9, 0xa, 0x12, 0x14, 0x1d, 0x1e, 0x8000000a};

/* What is shown of the CPU's leaves, sub-leaf 0 where there are several; the rest as it is. */
static const struct {
    uint32_t leaf;
    struct cpuid_regs show;
} filters[] = {
    /* ecx: dtes64 monitor vmx smx est tm2 xtpr pdcm pcid dca x2apic tscdl osxsave; edx: pse mce mtrr pge mca pse36 ds
     * acpi tm pbe */
    {1, {ALL, 0xffff, ~0x0926c1ecu, ~0xa0627088u}},
    {4, {0x3fff, ALL, ALL, ALL}}, /* no sharing, one core */
    /* ebx: tsc_adjust sgx smep invpcid pqm mpx pqe smap pt; ecx: umip pku ospke waitpkg shstk la57 bus-lock sgx_lc pks;
     * edx: ibt, amx, spec-ctrl and friends: the MSRs behind them are not the guest's */
    {7, {1, ~0x0210d486u, ~0xc10100bcu, ~0xff500000u}},
    /* ecx: svm extapic ibs skinit wdt; edx: as in leaf 1, page1gb, rdtscp (its TSC_AUX is not switched) */
    {0x80000001, {ALL, ALL, ~0x0000340cu, ~0x0c027088u}},
    {0x80000007, {ALL, ALL, ALL, BIT(8)}}, /* invariant TSC */
    {0x80000008, {ALL, NONE, NONE, ALL}},
};

static struct cpuid_regs hypervisor_leaf(uint32_t leaf, uint32_t sub)
{
    struct cpuid_regs r = {0};

    switch (leaf - XEN_CPUID_FIRST_LEAF) {
    case 0:
        r = (struct cpuid_regs){XEN_CPUID_FIRST_LEAF + XEN_CPUID_MAX_NUM_LEAVES, XEN_CPUID_SIGNATURE_EBX,
                                XEN_CPUID_SIGNATURE_ECX, XEN_CPUID_SIGNATURE_EDX};
        break;
    case 1:
        r.eax = 4u << 16 | 17;
        break;
    case 2:
        r.eax = 1; /* hypercall pages */
        r.ebx = 0x40000000;
        r.ecx = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
        break;
    case 3:
        if (sub == 0)
            r.ecx = (uint32_t)clock_tsc_khz;
        else if (sub == 1)
            r = (struct cpuid_regs){.ecx = clock_tsc_scale.mul, .edx = (uint32_t)(int32_t)clock_tsc_scale.shift};
        else if (sub == 2)
            r.eax = (uint32_t)clock_tsc_khz;
        break;
    case 5:
        r.ebx = cpu_phys_bits;
        break;
    }
    return r;
}

/* Leaf 7 beyond sub-leaf 0: of 1 what computes only (avx-vnni avx512-bf16 fzrm fsrs fsrcs avx-ifma). */
static struct cpuid_regs more_features(uint32_t sub)
{
    return (struct cpuid_regs){sub == 1 ? cpuid(7, 1).eax & 0x00801c30 : 0, 0, 0, 0};
}

/* The save area as the components that a guest may enable make it. */
static struct cpuid_regs xsave_leaf(uint32_t sub)
{
    struct cpuid_regs r = cpuid(13, sub);
    uint32_t size = 576;

    if (!fpu_xcr0 || (sub >= FIRST_COMPONENT && (sub > 63 || !(fpu_xcr0 >> sub & 1))))
        return (struct cpuid_regs){0};
    if (sub == 1)
        return (struct cpuid_regs){r.eax & XSAVE_SHOWN, r.ebx, 0, 0};
    if (sub)
        return r;
    for (unsigned int i = FIRST_COMPONENT; i < 64; i++) {
        if (fpu_xcr0 >> i & 1)
            size = max(size, cpuid(13, i).ebx + cpuid(13, i).eax);
    }
    return (struct cpuid_regs){(uint32_t)fpu_xcr0, r.ebx, size, (uint32_t)(fpu_xcr0 >> 32)};
}

static struct cpuid_regs guest_leaf(const struct vcpu *v, uint32_t leaf, uint32_t sub, bool forced)
{
    struct cpuid_regs r;

    if (leaf - XEN_CPUID_FIRST_LEAF < 0x100)
        return hypervisor_leaf(leaf, sub);
    if (leaf >> 28 == 4)
        return (struct cpuid_regs){0};
    if (leaf == 13)
        return xsave_leaf(sub);
    if (leaf == 7 && sub)
        return more_features(sub);
    for (unsigned int i = 0; i < ARRAY_SIZE(hidden); i++)
        if (leaf == hidden[i])
            return (struct cpuid_regs){0};
    r = cpuid(leaf, sub);
    for (unsigned int i = 0; i < ARRAY_SIZE(filters); i++) {
        const struct cpuid_regs *show = &filters[i].show;

        if (filters[i].leaf != leaf)
            continue;
        r = (struct cpuid_regs){r.eax & show->eax, r.ebx & show->ebx, r.ecx & show->ecx, r.edx & show->edx};
    }
    if (leaf == 1) {
        r.ebx |= v->id << 25 | 1u << 16; /* one logical CPU a package */
        r.ecx |= LEAF1_HYPERVISOR;
        /* Not the architecture, but the ABI: a kernel that asks us finds OSXSAVE on, or does not use XSAVE at all. */
        if (v->ctrlreg_cr4 & CR4_OSXSAVE || (forced && fpu_xcr0))
            r.ecx |= LEAF1_OSXSAVE;
    }
    if (leaf == 0xb || leaf == 0x1f)
        r = (struct cpuid_regs){.ecx = sub & 0xff, .edx = v->id * 2};
    return r;
}

void emulate_cpuid(struct vcpu *v, struct regs *regs, bool forced)
{
    struct cpuid_regs r = guest_leaf(v, (uint32_t)regs->rax, (uint32_t)regs->rcx, forced && v->kernel_mode);

    regs->rax = r.eax;
    regs->rbx = r.ebx;
    regs->rcx = r.ecx;
    regs->rdx = r.edx;
}
