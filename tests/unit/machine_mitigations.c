/* SPDX-License-Identifier: MIT */
/* What is done against speculation, by CPU and option. */
#include "unit.h"
#include "machine/cpu.h"
#include "machine/mitigations.h"
#include "machine/printk.h"

uint64_t cpu_features;
bool cpu_is_amd;
const char detours_verw[1], detours_split[1], detours_retpoline[1], detours_pcid[1], detours_end[1];

bool cpu_is_emulated(void)
{
    return false;
}

void printk_at(enum log_level level UNUSED, const char *fmt UNUSED, ...)
{
}

#define TCG              {.emulated = true}
#define INTEL(edx, caps) {.leaf7_edx = (edx), .arch_capabilities = (caps)}
#define AMD(ebx)         {.amd = true, .leaf80000008_ebx = (ebx)}
enum { MD_CLEAR = 1u << 10, IBRS_IBPB = 1u << 26, STIBP = 1u << 27, CAPS = 1u << 29 };
enum { RDCL_NO = 1, IBRS_ALL = 2, MDS_NO = 1 << 5, TAA_NO = 1 << 8 };

static const struct {
    const char *name;
    struct mitigations_cpu cpu;
    struct mitigations automatic, on;
} table[] = {
    {"before 2018", INTEL(0, 0), {0, false, false, true, true, true}, {0, false, true, true, true, true}},
    {"Skylake", INTEL(MD_CLEAR | IBRS_IBPB | STIBP, 0), {0, true, true, true, true, true}, {3, true, true, true, true, true}},
    {"capabilities without the bit that says they are there", INTEL(IBRS_IBPB, RDCL_NO | IBRS_ALL | MDS_NO | TAA_NO),
     {0, true, false, true, true, true}, {1, true, true, true, true, true}},
    {"Cascade Lake", INTEL(MD_CLEAR | IBRS_IBPB | STIBP | CAPS, RDCL_NO | IBRS_ALL | MDS_NO),
     {3, true, true, false, false, false}, {3, true, true, true, false, true}},
    {"Ice Lake", INTEL(MD_CLEAR | IBRS_IBPB | STIBP | CAPS, RDCL_NO | IBRS_ALL | MDS_NO | TAA_NO),
     {3, true, false, false, false, false}, {3, true, true, true, false, true}},
    {"Zen", AMD(1u << 12), {0, true, false, true, false, false}, {0, true, true, true, false, true}},
    {"Zen 2", AMD(1u << 12 | 1u << 14 | 1u << 15), {0, true, false, true, false, false}, {3, true, true, true, false, true}},
    {"Zen 3", AMD(1u << 12 | 1u << 14 | 1u << 15 | 1u << 16), {3, true, false, false, false, false},
     {3, true, true, true, false, true}},
    {"an Intel CPU by QEMU's TCG", TCG, {0, false, false, false, true, false}, {0, false, true, true, true, true}},
};

static void same(const char *name, struct mitigations got, struct mitigations want)
{
    if (got.spec_ctrl != want.spec_ctrl || got.barrier != want.barrier || got.clear_buffers != want.clear_buffers ||
        got.retpolines != want.retpolines || got.meltdown != want.meltdown || got.split != want.split)
        fail_msg("%s: spec_ctrl %lu barrier %d buffers %d retpolines %d meltdown %d split %d", name, got.spec_ctrl,
                 got.barrier, got.clear_buffers, got.retpolines, got.meltdown, got.split);
}

static void test_decision(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(table); i++) {
        struct mitigations none = {.meltdown = table[i].automatic.meltdown}, unsplit = table[i].on;

        same(table[i].name, mitigations_decide(&table[i].cpu, MITIGATIONS_AUTO), table[i].automatic);
        same(table[i].name, mitigations_decide(&table[i].cpu, MITIGATIONS_ON), table[i].on);
        unsplit.split = false;
        same(table[i].name, mitigations_decide(&table[i].cpu, MITIGATIONS_UNSPLIT), unsplit);
        same(table[i].name, mitigations_decide(&table[i].cpu, MITIGATIONS_OFF), none);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decision)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
