/* SPDX-License-Identifier: MIT */
/*
 * The table of hypercalls, made from the spec, and the two that call others through it: entry.S for a guest's SYSCALL,
 * and multicall. Both take the table from this_cpu()->hypercalls, so whoever wants to see every call points that to a
 * table of its own (HYPERCALL_COUNT entries; the number is guest_regs()->rax, in a multicall too), at no cost to those who do
 * not. iret alone has a way around the table: v->rare keeps it from taking that.
 */
#include "entry/entry.h"
#include <abi/hypercall_table.h>
#include "domain/trace.h"
#include "machine/insn.h"
#include "pv/pv.h"

long hypercall_unknown(void)
{
    return refuse_inline(hypercall_enosys_unknown_number, guest_regs()->rax);
}

/* Handlers take as many of the argument registers as they name; the calling convention lets us pass all. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-function-type"
hypercall_fn *const hypercall_table[HYPERCALL_COUNT] = {
#define HYPERCALL(number, name, nargs) [number] = (hypercall_fn *)hc_##name,
#define HYPERCALL_NONE(number, name)   [number] = (hypercall_fn *)hypercall_unknown,
#include <abi/hypercall_table.h>
};
#pragma GCC diagnostic pop

static long watched(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    struct trace_call call = {.nr = guest_regs()->rax, .arg = {a, b, c, d, e, f}};
    long result;

    if (!current->watched)
        return hypercall_table[call.nr](a, b, c, d, e, f);
    trace_begin(&call);
    result = hypercall_table[call.nr](a, b, c, d, e, f);
    trace_end(&call, result);
    return result;
}

static void watched_trap(struct vcpu *v, struct regs *r)
{
    if (v->watched)
        trace_trap(r);
    trap_table[r->entry_vector](v, r);
}

/* Other pcpus take it with their next call or trap. */
void hypercall_watch(bool on)
{
    static hypercall_fn *const watching[HYPERCALL_COUNT] = {[0 ... HYPERCALL_COUNT - 1] = watched};
    static trap_fn *const watching_traps[256] = {[0 ... 255] = watched_trap};

    for (uint32_t cpu = 0; cpu < pcpu_count; cpu++) {
        write_once(pcpu_of(cpu)->hypercalls, on ? watching : hypercall_table);
        write_once(pcpu_of(cpu)->traps, on ? watching_traps : trap_table);
    }
}

static long multicall_again(struct vcpu *v, uint64_t calls, uint32_t left)
{
    v->in_multicall = false;
    return hypercall_continue(__HYPERVISOR_multicall, 2, calls, left);
}

/*
 * Entries are done in order, each word read once, each result written to its entry. Gives way between entries; an entry
 * that itself gave way is rewritten with the arguments that are left of it. The range of the list has been checked.
 */
static long multicall(struct vcpu *v, uint64_t calls, uint32_t n)
{
    hypercall_fn *const *table = this_cpu()->hypercalls;
    struct regs *r = guest_regs();
    uint64_t nr, arg1, arg2, arg3, arg4, arg5, arg6;
    long result;

    for (uint32_t i = 0; i < n; calls += sizeof(struct multicall_entry)) {
        const struct multicall_entry *e = (const struct multicall_entry *)calls;

        user_open();
        user_get(nr, e->op, fault);
        user_get(arg1, e->args[0], fault);
        user_get(arg2, e->args[1], fault);
        user_get(arg3, e->args[2], fault);
        user_get(arg4, e->args[3], fault);
        user_get(arg5, e->args[4], fault);
        user_get(arg6, e->args[5], fault);
        user_close();
        refuse_next(i);
        r->rax = nr;
        result = likely(nr < HYPERCALL_COUNT) ? table[nr](arg1, arg2, arg3, arg4, arg5, arg6) : hypercall_unknown();
        if (unlikely(nr == __HYPERVISOR_iret)) /* the list, and perhaps its address space, are left behind; this is rax */
            return result;
        if (unlikely(v->multicall_left)) {
            if (!guest_write((uint64_t)e->args, v->multicall_args, v->multicall_left * sizeof(e->args[0])))
                return refuse(guest_copy_efault_write, calls, sizeof(*e));
            return multicall_again(v, calls, n - i);
        }
        if (unlikely(!copy_put_u64((uint64_t)&e->result, (uint64_t)result)))
            return refuse(guest_copy_efault_write, calls, sizeof(*e));
        if (++i % 4 == 0 && preempt_check())
            return multicall_again(v, calls + sizeof(*e), n - i);
    }
    return 0;

fault:
    user_close();
    return refuse(guest_copy_efault_write, calls, sizeof(struct multicall_entry));
}

long hc_multicall(uint64_t calls, uint64_t count)
{
    struct vcpu *v = current;
    uint32_t n = (uint32_t)count;
    long rc;

    if (v->in_multicall)
        return refuse(multicall_einval_nested);
    if (!guest_range_ok(calls, (size_t)n * sizeof(struct multicall_entry)))
        return refuse(guest_copy_efault_read, calls, n * sizeof(struct multicall_entry));
    refuse_index(0);
    v->multicall_left = 0;
    v->in_multicall = true;
    rc = multicall(v, calls, n);
    v->in_multicall = false;
    return rc;
}
