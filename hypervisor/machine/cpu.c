/* SPDX-License-Identifier: MIT */
/* See cpu.h. */
#include "machine/cpu.h"
#include "lib/string.h"
#include "machine/copy.h"
#include "machine/insn.h"
#include "machine/layout.h"
#include "machine/mitigations.h"
#include "machine/pcpu.h"

#define CR0_SETUP 0x80050033 /* PG AM WP NE ET MP PE */
/* WB WT UC- UC WC WP UC UC: the order the ABI promises guests */
#define PAT_SETUP 0x0000050100070406ul

uint64_t cpu_features;
bool cpu_is_amd;
unsigned int cpu_phys_bits = 36;

enum output { EAX, EBX, ECX, EDX };

static const struct {
    uint32_t leaf;
    uint8_t output, bit;
    uint64_t cr4; /* what switches it on */
} feature_bits[CPU_FEATURES] = {
    [CPU_SMEP] = {7, EBX, 7, CR4_SMEP},
    [CPU_SMAP] = {7, EBX, 20, CR4_SMAP},
    [CPU_UMIP] = {7, ECX, 2, CR4_UMIP},
    [CPU_PCID] = {1, ECX, 17, CR4_PCIDE},
    [CPU_FSGSBASE] = {7, EBX, 0, CR4_FSGSBASE},
    [CPU_XSAVE] = {1, ECX, 26, CR4_OSXSAVE},
    [CPU_XSAVEOPT] = {13, EAX, 0, 0}, /* sub-leaf 1 */
    [CPU_PAGES_1G] = {0x80000001, EDX, 26, 0},
    [CPU_HYPERVISOR] = {1, ECX, 31, 0},
    [CPU_MCE] = {1, EDX, 7, CR4_MCE},
    [CPU_TSC_STABLE] = {0x80000007, EDX, 8, 0},
};

/* By QEMU's TCG: it raises a supervisor fault for an IRETQ that ring 3 executes under SMAP; has one TSC for all its CPUs. */
bool cpu_is_emulated(void)
{
    struct cpuid_regs r;

    if (!cpu_has(CPU_HYPERVISOR))
        return false;
    r = cpuid(0x40000000, 0);
    return !memcmp(&r.ebx, "TCGTCGTCGTCG", 12);
}

void cpu_detect(bool smap, bool pcid)
{
    struct cpuid_regs vendor = cpuid(0, 0), r;
    uint32_t last = vendor.eax, last_ext = cpuid(0x80000000, 0).eax;

    cpu_is_amd = vendor.ecx == 0x444d4163 || vendor.ecx == 0x656e6975; /* "cAMD", "uine" */
    for (unsigned int f = 0; f < CPU_FEATURES; f++) {
        uint32_t leaf = feature_bits[f].leaf;

        if (leaf > (leaf & 0x80000000 ? last_ext : last))
            continue;
        r = cpuid(leaf, leaf == 13);
        if ((&r.eax)[feature_bits[f].output] >> feature_bits[f].bit & 1)
            cpu_features |= 1ul << f;
    }
    if (!cpu_has(CPU_XSAVE))
        cpu_features &= ~(1ul << CPU_XSAVEOPT);
    if (last_ext >= 0x80000008)
        cpu_phys_bits = cpuid(0x80000008, 0).eax & 0xff;
    if (cpu_is_emulated())
        cpu_features |= 1ul << CPU_TSC_STABLE;
    if (!smap || cpu_is_emulated())
        cpu_features &= ~(1ul << CPU_SMAP);
    if (!pcid)
        cpu_features &= ~(1ul << CPU_PCID);
    if (!cpu_has(CPU_SMAP))
        copy_without_smap();
}

void cpu_setup(void)
{
    uint64_t cr4 = CR4_PAE | (mitigations.split ? 0 : CR4_PGE) | CR4_DE | CR4_OSFXSR | CR4_OSXMMEXCPT;

    for (unsigned int f = 0; f < CPU_FEATURES; f++) {
        if (cpu_has(f))
            cr4 |= feature_bits[f].cr4;
    }
    write_cr0(CR0_SETUP);
    write_cr4(cr4);
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
    wrmsr(MSR_PAT, PAT_SETUP);
    mitigations_setup();
}

void cpu_set_syscall_entries(uint64_t entry64, uint64_t entry32, uint64_t sysenter)
{
    wrmsr(MSR_STAR, (uint64_t)SEL_USER32 << 48 | (uint64_t)SEL_CS64 << 32);
    wrmsr(MSR_LSTAR, entry64);
    wrmsr(MSR_CSTAR, entry32);
    wrmsr(MSR_SYSCALL_MASK, RFLAGS_CF | RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_IOPL);
    if (!cpu_is_amd) {
        wrmsr(MSR_SYSENTER_CS, SEL_CS64);
        wrmsr(MSR_SYSENTER_ESP, (uint64_t)this_cpu());
        wrmsr(MSR_SYSENTER_EIP, sysenter);
    }
}
