/* SPDX-License-Identifier: MIT */
/* The model-specific registers a PV kernel may touch; all others #GP, and porters use their safe accessors. */
#include "machine/insn.h"
#include "pv/emulate.h"
#include "pv/pv.h"

#define MSR_TSC          0x10
#define MSR_UCODE_REV    0x8b
#define MSR_MISC_ENABLE  0x1a0
#define APIC_BASE_ENABLE (0xfee00000ul | 1u << 11)
#define APIC_BASE_BSP    (1u << 8)
#define EFER_LMA         (1ul << 10)

static bool is_base(uint32_t msr)
{
    return msr - MSR_FS_BASE <= MSR_KERNEL_GS_BASE - MSR_FS_BASE;
}

bool emulate_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (is_base(msr) || msr == MSR_PAT) /* the current vcpu's are in the CPU */
        *value = rdmsr(msr);
    else if (msr == MSR_EFER)
        *value = rdmsr(msr) & (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE);
    else if (msr == MSR_APIC_BASE)
        *value = APIC_BASE_ENABLE | (v->id == 0 ? APIC_BASE_BSP : 0);
    else if (msr == MSR_TSC)
        *value = rdtsc();
    else if (msr == MSR_UCODE_REV)
        *value = 0;
    else if (msr == MSR_MISC_ENABLE)
        *value = 1 | 1u << 11 | 1u << 12; /* fast strings; no BTS, no PEBS */
    else
        return false;
    return true;
}

bool emulate_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint64_t now;

    if (is_base(msr)) {
        if (!address_canonical(value))
            return false;
        wrmsr(msr, value);
        return true;
    }
    if (msr == MSR_UCODE_REV) /* the way to ask for the revision begins with this write */
        return true;
    /* Writing what is there changes nothing. */
    return msr != MSR_TSC && emulate_rdmsr(v, msr, &now) && now == value;
}
