/* SPDX-License-Identifier: MIT */
/*
 * What every file of this room works with: the rooms below, guests' addresses, the domain a call speaks of, and how a
 * call that gives way half done is continued.
 */
#pragma once

#include <abi/hypercall_prototypes.h>
#include <abi/sub_op_tables.h>
#include <xen/errno.h>
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "domain/refuse.h"
#include "domain/vcpu.h"
#include "lib/string.h"
#include "machine/pcpu.h"
#include "memory/alloc.h"

/* The hypervisor's own command line, for XENVER_commandline. Set by boot. */
extern const char *xen_version_command_line;

/* ---- guests' addresses ---- */

static inline bool address_canonical(uint64_t va)
{
    return (int64_t)(va << 16) >> 16 == (int64_t)va;
}

/* Canonical and not ours. */
static inline bool address_guest(uint64_t va)
{
    return va - HYPERVISOR_END < GUEST_SPAN;
}

/* ---- the domid argument ---- */

/* The caller, by DOMID_SELF or its number, or another; NULL: there is none. */
static inline struct domain *domain_named(domid_t id)
{
    return id == DOMID_SELF ? current->domain : domain_by_id(id);
}

/* The caller itself, or with rights another. Not NULL. */
static inline bool domain_allowed(const struct domain *d)
{
    const struct domain *self = current->domain;

    return likely(d == self) || (d && self->privileged);
}

/* Else, by the rows of one call: `return domain_refusal(event_channel_op, d, id)`. */
#define domain_refusal(call, d, id)                                                                \
    ((d) ? refuse(call##_eperm_foreign_domain, (id)) : refuse(call##_esrch_unknown_domain, (id)))

/*
 * ---- continuation ----
 * A call that gives way half done is made again, with arguments that say what is left: the guest's rip goes back onto
 * its SYSCALL instruction, so that events can be delivered in between and nothing but the domain's own state
 * remembers the progress. Inside a multicall the entry is rewritten instead.
 */

/* Inside the hypervisor only: "not finished, continue the hypercall". The ABI's list shows it to hypervisors alone. */
enum {
    XEN_ERESTART = 85
};

/* What the parts of a handler tell each other: continue. The handler itself returns what hypercall_continue gives. */
#define HYPERCALL_CONTINUED (-(long)XEN_ERESTART)

/*
 * Arranges for the hypercall to be made again and gives what the handler is to return: what rax must hold then, its
 * number. nargs arguments follow, each uint64_t: `return hypercall_continue(__HYPERVISOR_memory_op, 2, cmd, arg);` */
#define hypercall_continue(nr, nargs, ...)                                                         \
    ({                                                                                             \
        const uint64_t continue_args_[] = {__VA_ARGS__};                                           \
        static_assert(sizeof(continue_args_) == (nargs) * sizeof(uint64_t), "count the arguments"); \
        hypercall_continue_args((nr), (nargs), continue_args_);                                    \
    })

long hypercall_continue_args(unsigned int nr, unsigned int nargs, const uint64_t *args);

/*
 * ---- sub-operations ----
 * A family's table, by number, made from the spec (SUB_OPS_x of call x). The structure an operation takes is copied in
 * before it runs and, if it returns something there and answers 0, copied out afterwards; its function gets our copy.
 * That of a plain operation gets the argument as it is, or does without.
 */
typedef long sub_op_fn(struct vcpu *v, void *args);

struct sub_op {
    sub_op_fn *fn;
    uint16_t size;
    bool returns;
};

#define SUB_OP_MAX 5168 /* bytes, the biggest: vcpu_guest_context */

/* Functions name the type that they take, which is checked here; the calling convention is the same for all. */
#define SUB_OP_FN(fn)         ((sub_op_fn *)(void (*)(void))(fn))
#define SUB_OP_SIZE(fn, type)                                                                      \
    (sizeof(type) + 0 * sizeof((fn)(NULL, (type *)NULL)) + 0 * sizeof(char[sizeof(type) <= SUB_OP_MAX ? 1 : -1]))
#define SUB_OP_NO_POINTER(fn) \
    _Generic((fn), long (*)(void): 0, long (*)(struct vcpu *): 0, long (*)(struct vcpu *, uint64_t): 0)

#define SUB_OP(fn, type)         {SUB_OP_FN(fn), SUB_OP_SIZE(fn, type), false}
#define SUB_OP_RETURNS(fn, type) {SUB_OP_FN(fn), SUB_OP_SIZE(fn, type), true}
#define SUB_OP_PLAIN(fn)         {SUB_OP_FN(fn), SUB_OP_NO_POINTER(fn), false}

/* NULL: no such operation. */
#define sub_op_find(table, cmd)                                                                    \
    ((uint32_t)(cmd) < ARRAY_SIZE(table) && (table)[(uint32_t)(cmd)].fn ? &(table)[(uint32_t)(cmd)] : NULL)

long sub_op_call(const struct sub_op *op, struct vcpu *v, uint64_t arg);

/* The handler of a call that is its family and nothing else: `SUB_OP_HANDLER(sched_op)`. */
#define SUB_OP_HANDLER(call)                                                                       \
    static const struct sub_op call##_table[] = {SUB_OPS_##call};                                  \
    long hc_##call(uint64_t cmd, uint64_t arg)                                                     \
    {                                                                                              \
        const struct sub_op *op = sub_op_find(call##_table, cmd);                                  \
                                                                                                   \
        return op ? sub_op_call(op, current, arg) : refuse(call##_enosys_unknown_op, (uint32_t)cmd); \
    }
