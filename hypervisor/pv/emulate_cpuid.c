/* SPDX-License-Identifier: MIT */
/*
 * CPUID as a PV guest is to see it: the hypervisor's own leaves with the ABI's signature, and the CPU's without what
 * a guest in ring 3 cannot use. Seen only by guests that ask through the forced-emulation prefix (or where the CPU
 * can be made to fault on CPUID).
 */
#include "domain/domain.h"
#include "machine/clock.h"
#include "machine/cpu.h"
#include "machine/fpu.h"
#include "machine/insn.h"
#include "pv/emulate.h"
#include <xen/arch-x86/cpuid.h>

#define LEAF1_ECX_HIDE                                                                              \
    (1u << 2 | 1u << 3 | 1u << 5 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 14 | 1u << 15 | 1u << 17 |    \
     1u << 18 | 1u << 21 | 1u << 24 | 1u << 27) /* dtes64 monitor vmx smx est tm2 xtpr pdcm pcid dca x2apic tscdl osxsave */
#define LEAF1_EDX_HIDE                                                                              \
    (1u << 3 | 1u << 7 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17 | 1u << 21 | 1u << 22 | 1u << 29 | \
     1u << 31) /* pse mce mtrr pge mca pse36 ds acpi tm pbe */
#define LEAF7_EBX_HIDE (1u << 1 | 1u << 2 | 1u << 7 | 1u << 10 | 1u << 12 | 1u << 14 | 1u << 15 | 1u << 20 | 1u << 25)
                       /* tsc_adjust sgx smep invpcid pqm mpx pqe smap pt */
#define LEAF7_ECX_HIDE (1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 16 | 1u << 24 | 1u << 30 | 1u << 31)
                       /* umip pku ospke waitpkg shstk la57 bus-lock sgx_lc pks */
#define LEAF7_EDX_HIDE 0xfd100000u /* ibt, spec-ctrl and friends: the MSRs behind them are not the guest's */
#define EXT1_ECX_HIDE  (1u << 2 | 1u << 3 | 1u << 10 | 1u << 12 | 1u << 13) /* svm extapic ibs skinit wdt */
#define EXT1_EDX_HIDE  (1u << 3 | 1u << 7 | 1u << 12 | 1u << 13 | 1u << 14 | 1u << 17 | 1u << 26 | 1u << 27)
                       /* as in leaf 1, page1gb, rdtscp (its TSC_AUX is not switched) */
#define LEAF1_OSXSAVE  (1u << 27)
#define LEAF1_HYPERVISOR (1u << 31)

static struct cpuid_regs hypervisor_leaf(const struct vcpu *v, uint32_t leaf, uint32_t sub)
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
        else if (sub == 1) {
            r.ecx = clock_tsc_scale.mul;
            r.edx = (uint32_t)(int32_t)clock_tsc_scale.shift;
        } else if (sub == 2)
            r.eax = (uint32_t)clock_tsc_khz;
        break;
    case 5:
        r.ebx = cpu_phys_bits;
        break;
    }
    (void)v;
    return r;
}

static struct cpuid_regs guest_leaf(const struct vcpu *v, uint32_t leaf, uint32_t sub, bool forced)
{
    if (leaf >= XEN_CPUID_FIRST_LEAF && leaf < XEN_CPUID_FIRST_LEAF + 0x100)
        return hypervisor_leaf(v, leaf, sub);
    if (leaf >= 0x40000000 && leaf < 0x50000000)
        return (struct cpuid_regs){0};
    struct cpuid_regs r = cpuid(leaf, sub);

    switch (leaf) {
    case 1:
        r.ebx = (r.ebx & 0x0000ffff) | v->id << 25 | 1u << 16; /* one logical CPU a package */
        r.ecx = (r.ecx & ~LEAF1_ECX_HIDE) | LEAF1_HYPERVISOR;
        /* Not the architecture, but the ABI: a kernel that asks us finds OSXSAVE on, or does not use XSAVE at all. */
        if (v->ctrlreg_cr4 & CR4_OSXSAVE || (forced && fpu_xcr0))
            r.ecx |= LEAF1_OSXSAVE;
        r.edx &= ~LEAF1_EDX_HIDE;
        break;
    case 5:
    case 6:
    case 9:
    case 0xa:
        r = (struct cpuid_regs){0};
        break;
    case 4:
        r.eax &= 0x3fff; /* no sharing, one core */
        break;
    case 7:
        if (sub == 0) {
            r.ebx &= ~LEAF7_EBX_HIDE;
            r.ecx &= ~LEAF7_ECX_HIDE;
            r.edx &= ~LEAF7_EDX_HIDE;
        }
        break;
    case 0xb:
    case 0x1f:
        r = (struct cpuid_regs){.ecx = sub & 0xff, .edx = v->id * 2};
        break;
    case 0x80000001:
        r.ecx &= ~EXT1_ECX_HIDE;
        r.edx &= ~EXT1_EDX_HIDE;
        break;
    case 0x80000007:
        r.edx &= 1u << 8; /* invariant TSC */
        break;
    case 0x80000008:
        r.ebx = 0;
        r.ecx = 0;
        break;
    case 0x8000000a: /* SVM */
        r = (struct cpuid_regs){0};
        break;
    }
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
