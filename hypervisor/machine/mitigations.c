/* SPDX-License-Identifier: MIT */
/* See mitigations.h. entry.S has the detours, and thunks.S too; boot takes some sets of them. */
#include "machine/mitigations.h"
#include "lib/string.h"
#include "machine/asm.h"
#include "machine/cpu.h"
#include "machine/insn.h"
#include "machine/printk.h"

#define LEAF7_MD_CLEAR  (1u << 10)
#define LEAF7_SPEC_CTRL (1u << 26) /* IBRS and IBPB */
#define LEAF7_STIBP     (1u << 27)
#define LEAF7_ARCH_CAPS (1u << 29)
#define AMD_IBPB        (1u << 12)
#define AMD_IBRS        (1u << 14)
#define AMD_STIBP       (1u << 15)
#define AMD_IBRS_ALWAYS (1u << 16)
#define CAP_RDCL_NO     (1ul << 0)
#define CAP_IBRS_ALL    (1ul << 1)
#define CAP_MDS_NO      (1ul << 5)
#define CAP_TAA_NO      (1ul << 8)
#define SPEC_CTRL_IBRS  1ul
#define SPEC_CTRL_STIBP 2ul

struct mitigations mitigations;

struct mitigations mitigations_decide(const struct mitigations_cpu *cpu, enum mitigations_choice choice)
{
    uint32_t intel = cpu->amd ? 0 : cpu->leaf7_edx, amd = cpu->amd ? cpu->leaf80000008_ebx : 0;
    uint64_t caps = intel & LEAF7_ARCH_CAPS ? cpu->arch_capabilities : 0;
    bool all = choice == MITIGATIONS_ON || choice == MITIGATIONS_UNSPLIT;
    struct mitigations m = {.meltdown = !cpu->amd && !(caps & CAP_RDCL_NO)};

    if (choice == MITIGATIONS_OFF)
        return m;
    /* Left on for good: cheap where the CPU means it to be used so, and dear elsewhere. */
    if (caps & CAP_IBRS_ALL || amd & AMD_IBRS_ALWAYS || (all && (intel & LEAF7_SPEC_CTRL || amd & AMD_IBRS)))
        m.spec_ctrl |= SPEC_CTRL_IBRS;
    if ((all || m.spec_ctrl) && (intel & LEAF7_STIBP || amd & AMD_STIBP))
        m.spec_ctrl |= SPEC_CTRL_STIBP;
    m.barrier = intel & LEAF7_SPEC_CTRL || amd & AMD_IBPB;
    m.split = choice == MITIGATIONS_ON || (choice == MITIGATIONS_AUTO && m.meltdown && !cpu->emulated);
    m.retpolines = all || !(m.spec_ctrl & SPEC_CTRL_IBRS || cpu->emulated);
    m.clear_buffers = all || (intel & LEAF7_MD_CLEAR && ~caps & (CAP_MDS_NO | CAP_TAA_NO));
    return m;
}

struct detour {
    int32_t place, to; /* relative to their own addresses */
};
extern const struct detour detours_verw[], detours_split[], detours_retpoline[], detours_pcid[], detours_end[];

static void take_detours(const struct detour *detour, const struct detour *end)
{
    for (; detour < end; detour++) {
        uint8_t *place = (uint8_t *)address_at(&detour->place);
        int32_t distance = (int32_t)(address_at(&detour->to) - (uint64_t)place - 5);

        place[0] = 0xe9; /* jmp */
        memcpy(place + 1, &distance, sizeof(distance));
    }
}

void mitigations_detect(enum mitigations_choice choice)
{
    struct mitigations_cpu cpu = {.amd = cpu_is_amd, .emulated = cpu_is_emulated()};

    if (cpuid(0, 0).eax >= 7)
        cpu.leaf7_edx = cpuid(7, 0).edx;
    if (cpuid(0x80000000, 0).eax >= 0x80000008)
        cpu.leaf80000008_ebx = cpuid(0x80000008, 0).ebx;
    if (cpu.leaf7_edx & LEAF7_ARCH_CAPS)
        cpu.arch_capabilities = rdmsr(MSR_ARCH_CAPABILITIES);
    mitigations = mitigations_decide(&cpu, choice);
    if (mitigations.split) /* with VERW in it: where roots are split it is cheap */
        take_detours(detours_split, detours_retpoline);
    else if (mitigations.clear_buffers)
        take_detours(detours_verw, detours_split);
    if (mitigations.retpolines)
        take_detours(detours_retpoline, detours_pcid);
    if (cpu_has(CPU_PCID)) /* no mitigation, but what makes them cheaper */
        take_detours(detours_pcid, detours_end);
    if (choice == MITIGATIONS_AUTO && !mitigations.spec_ctrl && !mitigations.barrier && !mitigations.clear_buffers &&
        !mitigations.split && !mitigations.retpolines)
        return;
    log_info("speculation:%s%s%s%s%s%s; %s", mitigations.spec_ctrl & SPEC_CTRL_IBRS ? " IBRS" : "",
             mitigations.spec_ctrl & SPEC_CTRL_STIBP ? " STIBP" : "", mitigations.barrier ? " IBPB" : "",
             mitigations.clear_buffers ? " VERW" : "", mitigations.retpolines ? " retpolines" : "",
             mitigations.split ? " split roots" : "",
             !mitigations.meltdown ? "no Meltdown"
             : mitigations.split ? "closed to Meltdown"
                                 : "nothing against Meltdown");
}

void mitigations_setup(void)
{
    if (mitigations.spec_ctrl)
        wrmsr(MSR_SPEC_CTRL, mitigations.spec_ctrl);
}
