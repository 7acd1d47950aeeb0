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
    return refuse(hypercall_enosys_unknown_number, guest_regs()->rax);
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

/* Other pcpus take it with their next call. */
void hypercall_watch(bool on)
{
    static hypercall_fn *const watching[HYPERCALL_COUNT] = {[0 ... HYPERCALL_COUNT - 1] = watched};

    for (uint32_t cpu = 0; cpu < pcpu_count; cpu++)
        write_once(pcpu_of(cpu)->hypercalls, on ? watching : hypercall_table);
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

static long multicall_again(struct vcpu *v, uint64_t calls, uint32_t left)
{
    v->in_multicall = false;
    return hypercall_continue(__HYPERVISOR_multicall, 2, calls, left);
}

/*
 * Entries are done in order, each result written to its entry. Gives way between entries; an entry that itself gave way is
 * rewritten with the arguments that are left of it.
 */
static long multicall(struct vcpu *v, uint64_t calls, uint32_t n)
{
    hypercall_fn *const *table = this_cpu()->hypercalls;
    struct regs *r = guest_regs();

    for (uint32_t i = 0; i < n; i++, calls += sizeof(struct multicall_entry)) {
        struct multicall_entry e;

        if (i % 4 == 3 && preempt_check())
            return multicall_again(v, calls, n - i);
        if (unlikely(!read_entry(&e, calls)))
            return refuse(guest_copy_efault_write, calls, sizeof(e));
        refuse_next(i);
        r->rax = e.op;
        if (likely(e.op < HYPERCALL_COUNT))
            e.result = (xen_ulong_t)table[e.op](e.args[0], e.args[1], e.args[2], e.args[3], e.args[4], e.args[5]);
        else
            e.result = (xen_ulong_t)hypercall_unknown();
        if (unlikely(e.op == __HYPERVISOR_iret)) /* the list, and perhaps its address space, are left behind; this is rax */
            return (long)e.result;
        if (unlikely(v->multicall_left)) {
            if (!guest_write(ENTRY(calls, args), v->multicall_args, v->multicall_left * sizeof(e.args[0])))
                return refuse(guest_copy_efault_write, calls, sizeof(e));
            return multicall_again(v, calls, n - i);
        }
        if (unlikely(!copy_put_u64(ENTRY(calls, result), e.result)))
            return refuse(guest_copy_efault_write, calls, sizeof(e));
    }
    return 0;
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
