/* SPDX-License-Identifier: MIT */
/*
 * Structure offsets for the assembly, made from the C definitions: compiled to assembly only, from which the build
 * picks the `->NAME value` lines into build/gen/offsets.h. Nothing here is linked.
 */
#include "machine/insn.h"
#include "pv/vcpu_state.h"
#include <abi/hypercall_table.h>
#include <xen/xen.h>

#define DEFINE(name, value) asm volatile("\n.ascii \"->" #name " %0\"" : : "i"(value))

#define FIELD(prefix, type, name) DEFINE(prefix##_##name, __builtin_offsetof(struct type, name));
#define REGS(name) FIELD(REGS, regs, name)
#define IRET(name) FIELD(IRET, iret_context, name)
#define PCPU(name) FIELD(PCPU, pcpu, name)
#define VCPU(name) FIELD(VCPU, vcpu, name)
#define CONSTANT(name) asm volatile("\n.ascii \"->" #name " %0\"" : : "i"(name));

void offsets(void);
void offsets(void)
{
    REGS(r15) REGS(r14) REGS(r13) REGS(r12) REGS(rbp) REGS(rbx) REGS(r11) REGS(r10) REGS(r9) REGS(r8)
    REGS(rax) REGS(rcx) REGS(rdx) REGS(rsi) REGS(rdi) REGS(error_code) REGS(entry_vector)
    REGS(rip) REGS(cs) REGS(rflags) REGS(rsp) REGS(ss)
    DEFINE(REGS_SIZE, sizeof(struct regs));
    IRET(rax) IRET(r11) IRET(rcx) IRET(flags) IRET(rip) IRET(cs) IRET(rflags) IRET(rsp) IRET(ss)
    PCPU(vcpu) PCPU(hypercalls) PCPU(traps) PCPU(work) PCPU(cr3) PCPU(tlb_stamp) PCPU(again) PCPU(kept)
    DEFINE(PCPU_copy0_of, __builtin_offsetof(struct pcpu, copies[0].of));
    DEFINE(PCPU_copy0_root, __builtin_offsetof(struct pcpu, copies[0].root));
    DEFINE(PCPU_copy1_of, __builtin_offsetof(struct pcpu, copies[1].of));
    DEFINE(PCPU_copy1_root, __builtin_offsetof(struct pcpu, copies[1].root));
    VCPU(kernel_mode) VCPU(hypercalls) VCPU(info) VCPU(rare) VCPU(root_user)
    CONSTANT(ENTRY_SYSCALL) CONSTANT(ENTRY_SYSENTER) CONSTANT(HYPERCALL_COUNT) CONSTANT(VGCF_in_syscall)
    CONSTANT(RFLAGS_TF) CONSTANT(RFLAGS_RF) CONSTANT(RFLAGS_IF) CONSTANT(RFLAGS_IOPL) CONSTANT(RFLAGS_VM)
    CONSTANT(CR3_KEEP) DEFINE(TLB_PCID_user, TLB_PCID(false));
    DEFINE(INFO_pending, __builtin_offsetof(struct vcpu_info, evtchn_upcall_pending));
    DEFINE(INFO_mask, __builtin_offsetof(struct vcpu_info, evtchn_upcall_mask));
    DEFINE(VCPU_callback_event, __builtin_offsetof(struct vcpu, callback[CB_EVENT]));
    DEFINE(HYPERCALL_iret, __HYPERVISOR_iret);
}
