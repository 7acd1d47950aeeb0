/* SPDX-License-Identifier: MIT */
/*
 * The two journeys' stations: entry.S calls these, and they call the rooms below.
 */
#pragma once

#include "domain/vcpu.h"
#include "machine/regs.h"

/* entry.S */
extern char trap_stubs[], syscall_stubs[], syscall32_stubs[], sysenter_entry[], guest_iret[];
#define SYSCALL_STUB_SIZE 32
void entry_start_guests(void) __attribute__((noreturn));

/* Called by entry.S with the frame of what was interrupted. True: return by SYSRET. */
bool entry_user_syscall(struct regs *regs); /* a system call of the guest's user mode (trap.c) */
bool entry_leave(struct regs *regs);        /* there is something to do before the return */
bool entry_iret_fault(struct regs *regs);   /* after entry_iret_fault_on_main_stack() has moved the frame */
void hypervisor_trap(struct regs *regs);    /* from our own code */
void entry_iret_fault_on_main_stack(const struct regs *regs) __attribute__((noreturn));

/* The one loop that acts on flags before a return to a guest; idles when there is nothing to run. */
void exit_to_guest(struct regs *regs);

/* What is loaded in the CPU: registers, segments, descriptor tables, FPU, roots. context.c */
void context_save(struct vcpu *v, const struct regs *regs);
void context_load(struct vcpu *v, struct regs *regs);

/* Hypercall number -> handler, for entry.S and multicall: what pcpu->hypercalls points to. hypercall.c */
typedef long hypercall_fn(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
extern hypercall_fn *const hypercall_table[];

/* Vector -> handler of a guest's traps, for entry.S: what pcpu->traps points to. trap.c */
typedef void trap_fn(struct vcpu *v, struct regs *r);
extern trap_fn *const trap_table[256];

/* Tables in their place that tell domain/trace.h of calls and traps of vcpus that are `watched`, or these again. */
void hypercall_watch(bool on);

/* Once, before the first pcpu enters guests: hooks between the rooms, scheduler, console. init.c */
void entry_init(void);

/* Points this pcpu's MSRs at the entry stubs (after its GDT and IDT are up). */
void entry_init_cpu(void);
