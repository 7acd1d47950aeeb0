/* SPDX-License-Identifier: MIT */
/*
 * The table of hypercalls, made from the spec, and the two that call others through it: a guest's SYSCALL, and
 * multicall. This is the hottest path there is: straight through when nothing else is to be done.
 */
#include "entry/entry.h"
#include <abi/hypercall_table.h>
#include "machine/insn.h"
#include "machine/layout.h"
#include "pv/pv.h"

typedef long handler_fn(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

/* Handlers take as many of the argument registers as they name; the calling convention lets us pass all. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-function-type"
static handler_fn *const table[HYPERCALL_COUNT] = {
#define HYPERCALL(number, name, nargs) [number] = (handler_fn *)hc_##name,
#include <abi/hypercall_table.h>
};
#pragma GCC diagnostic pop

static long __attribute__((noinline, cold)) unknown_number(uint64_t nr)
{
    return refuse(hypercall_enosys_unknown_number, nr);
}

static ALWAYS_INLINE long dispatch(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    if (unlikely(nr >= HYPERCALL_COUNT || !table[nr]))
        return unknown_number(nr);
    return table[nr](a, b, c, d, e, f);
}

/*
 * SYSRET loads rip from rcx and rflags from r11: true of a frame that SYSCALL made, as long as nobody has changed it
 * (who does clears entry_vector or keeps the pairs equal). It faults in ring 0 on a non-canonical rip on some CPUs.
 */
static bool sysret_usable(const struct regs *r)
{
    bool canonical = (uint64_t)((int64_t)r->rip >> 47) + 1 <= 1; /* all ones or all zeros */

    return likely(r->entry_vector == ENTRY_SYSCALL && !(r->rflags & (RFLAGS_TF | RFLAGS_RF)) && canonical);
}

int entry_syscall(struct regs *r)
{
    struct pcpu *cpu = this_cpu();
    struct vcpu *v = cpu->vcpu;

    if (likely(v->kernel_mode && r->cs == SEL_USER64)) {
        v->hypercalls++;
        r->rax = (uint64_t)dispatch(r->rax, r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9);
        if (likely(exit_quiet(cpu, v))) {
            if (sysret_usable(r))
                return RETURN_SYSRET_QUICK;
            return RETURN_IRET;
        }
    } else {
        entry_user_syscall(v, r);
        if (likely(exit_quiet(cpu, v)))
            return RETURN_IRET;
    }
    exit_to_guest(r);
    return sysret_usable(r) ? RETURN_SYSRET : RETURN_IRET;
}

#define ENTRY(va, field) ((va) + offsetof(struct multicall_entry, field))

/* The range of the whole list has been checked. */
static ALWAYS_INLINE bool read_entry(struct multicall_entry *e, uint64_t va)
{
    return copy_get_u64(&e->op, ENTRY(va, op)) && copy_get_u64(&e->args[0], ENTRY(va, args[0])) &&
           copy_get_u64(&e->args[1], ENTRY(va, args[1])) && copy_get_u64(&e->args[2], ENTRY(va, args[2])) &&
           copy_get_u64(&e->args[3], ENTRY(va, args[3])) && copy_get_u64(&e->args[4], ENTRY(va, args[4])) &&
           copy_get_u64(&e->args[5], ENTRY(va, args[5]));
}

/*
 * multicall: entries are done in order, each result written to its entry. Gives way between entries; an entry that
 * itself gave way is rewritten with the arguments that are left of it.
 */
long hc_multicall(uint64_t calls, uint64_t count)
{
    struct vcpu *v = current;
    uint32_t n = (uint32_t)count;

    if (v->in_multicall)
        return refuse(multicall_einval_nested);
    if (!guest_range_ok(calls, (size_t)n * sizeof(struct multicall_entry)))
        return refuse(guest_copy_efault_read, calls, n * sizeof(struct multicall_entry));
    refuse_index(0);
    for (uint32_t i = 0; i < n; i++, calls += sizeof(struct multicall_entry)) {
        struct multicall_entry e;
        bool written;

        if (i % 4 == 3 && preempt_check())
            return hypercall_continue(__HYPERVISOR_multicall, 2, calls, n - i);
        if (!read_entry(&e, calls))
            return refuse(guest_copy_efault_write, calls, sizeof(e));
        refuse_next(i);
        v->in_multicall = true;
        v->multicall_left = 0;
        e.result = (xen_ulong_t)dispatch(e.op, e.args[0], e.args[1], e.args[2], e.args[3], e.args[4], e.args[5]);
        v->in_multicall = false;
        if (e.op == __HYPERVISOR_iret) /* the list, and perhaps its address space, are left behind; this is rax */
            return (long)e.result;
        if (likely(!v->multicall_left))
            written = copy_put_u64(ENTRY(calls, result), e.result);
        else
            written = guest_write(ENTRY(calls, args), v->multicall_args, v->multicall_left * sizeof(e.args[0]));
        if (!written)
            return refuse(guest_copy_efault_write, calls, sizeof(e));
        if (v->multicall_left)
            return hypercall_continue(__HYPERVISOR_multicall, 2, calls, n - i);
    }
    return 0;
}
