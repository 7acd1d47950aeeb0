/* SPDX-License-Identifier: MIT */
/* What of a vcpu is in the CPU while it runs, and changes as its kernel asks: by hypercall, or by a trap. */
#pragma once

#include "domain/vcpu.h"
#include "machine/cpu.h"
#include "machine/tlb.h"

/*
 * mode.c: a 64-bit PV guest's kernel and user programs both run in ring 3. What keeps them apart is the root table,
 * and the GS base goes along. These are the only places that change v->kernel_mode, always the current vcpu's.
 */
static ALWAYS_INLINE void mode_switch(struct pcpu *cpu, struct vcpu *v, bool to_kernel) /* it is in the other mode */
{
    uint64_t root = (to_kernel ? v->root_kernel : v->root_user) << PAGE_SHIFT;

    v->kernel_mode = to_kernel;
    swapgs();
    if (cpu->cr3 == root) /* nothing to do, and nothing to flush, where one table serves both */
        return;
    if (unlikely(cpu_has(CPU_PCID)))
        tlb_switch_root(cpu, root, to_kernel);
    else
        tlb_load_root_on(cpu, root);
}
void mode_enter_kernel(struct vcpu *v);
void mode_enter_user(struct vcpu *v);  /* needs root_user != 0 */
void mode_load_root(struct vcpu *v);   /* cr3 := what mode and roots say, if it is not already */

/* task.c: TS only serves guest kernels that switch their tasks' FPU state lazily. */
#define GUEST_CR0_TS 8u
void task_set_ts(struct vcpu *v, bool set);
void task_load_ts(struct vcpu *v);     /* the CPU's TS as the loaded vcpu has it */
/* #NM: the guest set TS, so its kernel is told, and TS is clear from then on. */
void task_device_not_available(struct vcpu *v, struct regs *regs);

/*
 * descriptors.c. Guests' GDT and LDT pages are typed FRAME_SEGDESC: every descriptor in them has been checked, and no
 * guest can write them but through update_descriptor.
 *
 * descriptor_fix makes one safe or says it cannot be: code and data segments and call gates to ring 3 get DPL 3, absent
 * ones are harmless, other system segments and gates are refused.
 */
bool descriptor_fix(uint64_t *desc);
/* GDT of a vcpu that is being set up or is current: frames are checked and taken, the old ones given back. */
long descriptors_set_gdt(struct vcpu *v, const uint64_t *frames, uint32_t entries);
/* MMUEXT_SET_LDT, for the current vcpu. Pages are taken when the CPU first needs one. 0 or a refusal. */
long descriptors_set_ldt(struct vcpu *v, uint64_t va, uint32_t entries);
void descriptors_drop_ldt_frames(struct vcpu *v); /* they are looked up anew */
void descriptors_load(struct vcpu *v);            /* into this CPU */
void descriptors_release(struct vcpu *v);         /* the vcpu ends */
/*
 * Where the CPU sees the LDT its pages appear as it needs them. _read: this fault at va is the CPU's own look at one not
 * mapped yet (an access of the guest's to the same address is just a fault). _map: false if the guest has none there.
 */
bool descriptors_ldt_read(const struct vcpu *v, const struct regs *regs, uint64_t va);
bool descriptors_ldt_map(struct vcpu *v, uint64_t va);

/* debugreg.c: checked so that no breakpoint can ever lie in the hypervisor. */
#define DR6_RESERVED 0xffff0ff0ul /* read as ones */
/* 0, or the negative errno of the row that refuses it. Loads the CPU's if v is current. */
long debugreg_set(struct vcpu *v, uint32_t reg, uint64_t value);
bool debugreg_get(const struct vcpu *v, uint32_t reg, uint64_t *value);
void debugreg_save(struct vcpu *v);
void debugreg_load(struct vcpu *v);
/* #DB in our own code: a guest's data breakpoint on what we read for it. Not reported to anybody. */
void debugreg_in_hypervisor(struct regs *regs);

/* dump.c: the last picture of a guest: registers, code and stack, and how its fault address translates. */
void dump_vcpu(const struct vcpu *v);
