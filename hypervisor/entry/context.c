/* SPDX-License-Identifier: MIT */
/*
 * What belongs to a vcpu but lives in the CPU while it runs: registers, selectors and bases, descriptor tables,
 * debug registers, FPU, root table. Saved in full when the vcpu leaves, so that any pcpu can take it up.
 */
#include "entry/entry.h"
#include "machine/fpu.h"
#include "machine/insn.h"
#include "machine/mitigations.h"
#include "pv/bounce.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

void context_save(struct vcpu *v, const struct regs *regs)
{
    v->regs = *regs;
    v->ds = read_ds();
    v->es = read_es();
    v->fs = read_fs();
    v->gs = read_gs();
    v->fs_base = rdmsr(MSR_FS_BASE);
    v->gs_base = rdmsr(MSR_GS_BASE);
    v->gs_base_other = rdmsr(MSR_KERNEL_GS_BASE);
    clts();
    fpu_save(v->fpu);
    debugreg_save(v);
    this_cpu()->loaded = NULL;
}

/* Selectors of the guest's own choice: false if one cannot be loaded any more. Bases follow, they are kept apart. */
static bool load_selectors(struct vcpu *v)
{
    bool ok = load_ds_safe(v->ds);

    ok = load_es_safe(v->es) && ok;
    ok = load_fs_safe(v->fs) && ok;
    ok = load_gs_safe(v->gs) && ok;

    wrmsr(MSR_FS_BASE, v->fs_base);
    wrmsr(MSR_GS_BASE, v->gs_base);
    wrmsr(MSR_KERNEL_GS_BASE, v->gs_base_other);
    return ok;
}

void context_load(struct vcpu *v, struct regs *regs)
{
    struct pcpu *cpu = this_cpu();

    __atomic_fetch_or(&v->domain->pcpu_mask, 1ul << cpu->id, __ATOMIC_SEQ_CST);
    *regs = v->regs;
    if (mitigations.barrier && cpu->trained_by != v->domain)
        wrmsr(MSR_PRED_CMD, 1);
    cpu->trained_by = v->domain;
    cpu->loaded = v;
    cpu->attention = true; /* what came while it was away */
    descriptors_load(v);
    mode_load_root(v);
    fpu_restore(v->fpu);
    task_load_ts(v);
    debugreg_load(v);
    if (!load_selectors(v)) {
        const uint16_t selectors[4] = {v->ds, v->es, v->fs, v->gs};
        bounce_failsafe(v, regs, selectors);
    }
}
