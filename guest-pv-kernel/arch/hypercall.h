/* SPDX: MIT
 * How the kernel asks the hypervisor for something: a call into the hypercall page. Only arch/ and
 * selftest/ include this. Invariant: arguments go in rdi rsi rdx r10 r8 and none of them survives. */
#ifndef ARCH_HYPERCALL_H
#define ARCH_HYPERCALL_H

#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>

extern char hypercall_page[];

/* Any hypercall by number; the named ones below are thin over it. */
static inline long hypercall(unsigned long nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                             uint64_t a5)
{
    long rc;
    register uint64_t r10 __asm__("r10") = a4;
    register uint64_t r8 __asm__("r8") = a5;

    __asm__ volatile("call *%[stub]"
                     : "=a"(rc), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                     : [stub] "0"(hypercall_page + nr * 32)
                     : "rcx", "r11", "memory");
    return rc;
}

#define U(x) ((uint64_t)(x))
#define HYPERCALL5(nr, a, b, c, d, e) hypercall(nr, U(a), U(b), U(c), U(d), U(e))

static inline long hv_set_trap_table(const struct trap_info *table)
{
    return HYPERCALL5(__HYPERVISOR_set_trap_table, table, 0, 0, 0, 0);
}

static inline long hv_mmu_update(const struct mmu_update *req, unsigned count, unsigned *done,
                                 domid_t domid)
{
    return HYPERCALL5(__HYPERVISOR_mmu_update, req, count, done, domid, 0);
}

static inline long hv_mmuext_op(const struct mmuext_op *op, unsigned count, unsigned *done,
                                domid_t domid)
{
    return HYPERCALL5(__HYPERVISOR_mmuext_op, op, count, done, domid, 0);
}

static inline long hv_update_va_mapping(uint64_t va, uint64_t pte, uint64_t flags)
{
    return HYPERCALL5(__HYPERVISOR_update_va_mapping, va, pte, flags, 0, 0);
}

static inline long hv_stack_switch(uint64_t ss, uint64_t sp)
{
    return HYPERCALL5(__HYPERVISOR_stack_switch, ss, sp, 0, 0, 0);
}

static inline long hv_set_segment_base(unsigned which, uint64_t base)
{
    return HYPERCALL5(__HYPERVISOR_set_segment_base, which, base, 0, 0, 0);
}

static inline long hv_memory_op(unsigned cmd, void *arg)
{
    return HYPERCALL5(__HYPERVISOR_memory_op, cmd, arg, 0, 0, 0);
}

static inline long hv_xen_version(unsigned cmd, void *arg)
{
    return HYPERCALL5(__HYPERVISOR_xen_version, cmd, arg, 0, 0, 0);
}

static inline long hv_console_io(unsigned cmd, unsigned count, void *buf)
{
    return HYPERCALL5(__HYPERVISOR_console_io, cmd, count, buf, 0, 0);
}

static inline long hv_sched_op(unsigned cmd, void *arg)
{
    return HYPERCALL5(__HYPERVISOR_sched_op, cmd, arg, 0, 0, 0);
}

static inline long hv_vcpu_op(unsigned cmd, unsigned vcpu, void *arg)
{
    return HYPERCALL5(__HYPERVISOR_vcpu_op, cmd, vcpu, arg, 0, 0);
}

static inline long hv_event_channel_op(unsigned cmd, void *arg)
{
    return HYPERCALL5(__HYPERVISOR_event_channel_op, cmd, arg, 0, 0, 0);
}

static inline long hv_callback_op(unsigned cmd, const void *arg)
{
    return HYPERCALL5(__HYPERVISOR_callback_op, cmd, arg, 0, 0, 0);
}

static inline long hv_physdev_op(unsigned cmd, void *arg)
{
    return HYPERCALL5(__HYPERVISOR_physdev_op, cmd, arg, 0, 0, 0);
}

static inline long hv_grant_table_op(unsigned cmd, void *arg, unsigned count)
{
    return HYPERCALL5(__HYPERVISOR_grant_table_op, cmd, arg, count, 0, 0);
}

static inline long hv_multicall(struct multicall_entry *list, unsigned count)
{
    return HYPERCALL5(__HYPERVISOR_multicall, list, count, 0, 0, 0);
}

static inline long hv_set_timer_op(uint64_t deadline)
{
    return HYPERCALL5(__HYPERVISOR_set_timer_op, deadline, 0, 0, 0, 0);
}

static inline long hv_fpu_taskswitch(int set)
{
    return HYPERCALL5(__HYPERVISOR_fpu_taskswitch, set, 0, 0, 0, 0);
}

static inline long hv_vm_assist(unsigned cmd, unsigned type)
{
    return HYPERCALL5(__HYPERVISOR_vm_assist, cmd, type, 0, 0, 0);
}

#endif
