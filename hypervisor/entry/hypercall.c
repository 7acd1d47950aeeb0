/* SPDX-License-Identifier: MIT */
/*
 * The table of hypercalls, made from the spec, and the two that call others through it: a guest's SYSCALL, and
 * multicall. This is the hottest path there is: straight through when nothing else is to be done.
 */
#include "entry/entry.h"
#include <abi/hypercall_prototypes.h>
#include <abi/hypercall_table.h>
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "lib/string.h"
#include "machine/insn.h"
#include "machine/layout.h"
#include "machine/pcpu.h"
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

static long dispatch(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    if (unlikely(nr >= HYPERCALL_COUNT || !table[nr]))
        return refuse(hypercall_enosys_unknown_number, nr);
    return table[nr](a, b, c, d, e, f);
}

/*
 * SYSRET loads rip from rcx and rflags from r11: true of a frame that SYSCALL made, as long as nobody has changed it
 * (who does clears entry_vector or keeps the pairs equal). It faults in ring 0 on a non-canonical rip on some CPUs.
 */
static bool sysret_usable(const struct regs *r)
{
    return r->entry_vector == ENTRY_SYSCALL && !(r->rflags & (RFLAGS_TF | RFLAGS_RF)) && address_canonical(r->rip);
}

int entry_syscall(struct regs *r)
{
    struct pcpu *cpu = this_cpu();
    struct vcpu *v = cpu->vcpu;

    if (likely(v->kernel_mode && r->cs == SEL_USER64)) {
        v->hypercalls++;
        r->rax = (uint64_t)dispatch(r->rax, r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9);
        if (likely(exit_quiet(cpu, v)))
            return sysret_usable(r) ? RETURN_SYSRET_QUICK : RETURN_IRET;
    } else {
        entry_user_syscall(v, r);
        if (likely(exit_quiet(cpu, v)))
            return RETURN_IRET;
    }
    exit_to_guest(r);
    return sysret_usable(r) ? RETURN_SYSRET : RETURN_IRET;
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
    for (uint32_t i = 0; i < n; i++) {
        struct multicall_entry e;

        if (i && preempt_check())
            return hypercall_continue(__HYPERVISOR_multicall, 2, calls + i * sizeof(e), n - i);
        if (!guest_read_at(&e, calls, i))
            return refuse(guest_copy_efault_write, calls + i * sizeof(e), sizeof(e));
        refuse_index(i);
        v->in_multicall = true;
        v->multicall_preempted = false;
        memcpy(v->multicall_args, e.args, sizeof(v->multicall_args));
        e.result = (xen_ulong_t)dispatch(e.op, e.args[0], e.args[1], e.args[2], e.args[3], e.args[4],
                                         e.args[5]);
        v->in_multicall = false;
        if (e.op == __HYPERVISOR_iret) /* the list, and perhaps its address space, are left behind; this is rax */
            return (long)e.result;
        if (v->multicall_preempted) {
            memcpy(e.args, v->multicall_args, sizeof(e.args));
            if (!guest_write_at(calls, i, &e))
                return refuse(guest_copy_efault_write, calls + i * sizeof(e), sizeof(e));
            return hypercall_continue(__HYPERVISOR_multicall, 2, calls + i * sizeof(e), n - i);
        }
        if (!guest_write(calls + i * sizeof(e) + offsetof(struct multicall_entry, result), &e.result,
                         sizeof(e.result)))
            return refuse(guest_copy_efault_write, calls + i * sizeof(e), sizeof(e));
    }
    return 0;
}
