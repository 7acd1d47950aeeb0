/* SPDX-License-Identifier: MIT */
/* The model-specific registers a PV kernel may touch; all others #GP, and porters use their safe accessors. */
#include "machine/insn.h"
#include "pv/address.h"
#include "pv/emulate.h"

#define MSR_TSC          0x10
#define MSR_UCODE_REV    0x8b
#define MSR_MISC_ENABLE  0x1a0
#define MSR_STAR_GUEST   0xc0000081
#define APIC_BASE_ENABLE (0xfee00000ul | 1u << 11)
#define APIC_BASE_BSP    (1u << 8)
#define EFER_LMA         (1ul << 10)

bool emulate_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_KERNEL_GS_BASE:
        *value = rdmsr(msr); /* the current vcpu's are in the CPU */
        return true;
    case MSR_EFER:
        *value = rdmsr(msr) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
        return true;
    case MSR_APIC_BASE:
        *value = APIC_BASE_ENABLE | (v->id == 0 ? APIC_BASE_BSP : 0);
        return true;
    case MSR_PAT:
        *value = rdmsr(msr);
        return true;
    case MSR_TSC:
        *value = rdtsc();
        return true;
    case MSR_UCODE_REV:
        *value = 0;
        return true;
    case MSR_MISC_ENABLE:
        *value = 1 | 1u << 11 | 1u << 12; /* fast strings; no BTS, no PEBS */
        return true;
    default:
        return false;
    }
}

bool emulate_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t now;

    switch (msr) {
    case MSR_FS_BASE:
    case MSR_GS_BASE:
    case MSR_KERNEL_GS_BASE:
        if (!address_canonical(value))
            return false;
        wrmsr(msr, value);
        return true;
    case MSR_UCODE_REV: /* the way to ask for the revision begins with this write */
        return true;
    default:
        /* Writing what is there changes nothing. */
        return emulate_rdmsr(v, msr, &now) && now == value && msr != MSR_TSC;
    }
}
