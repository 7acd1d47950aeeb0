/* SPDX-License-Identifier: MIT
 * Where every trap, event and system call arrives in C. The trap table and three callbacks take the
 * place of the IDT; the frame is in struct regs; cr2 is a word in vcpu_info. Invariant: entered
 * with events masked; leaves with events masked, and kernel_leave has had its say. */
#include "arch/paravirt.h"
#include "arch/expect.h"
#include "lib/print.h"
#include "lib/string.h"

#include <xen/callback.h>

#define VECTORS 32
#define SOFT_VECTOR 0x80
#define SOFT_VECTORS 4
#define TRAP_MASK_EVENTS 4

static struct trap_info table[VECTORS + SOFT_VECTORS + 1];

static const char *const names[VECTORS] = {
    "divide error", "debug", "nmi", "breakpoint", "overflow", "bound range", "invalid opcode",
    "device not available", "double fault", "coprocessor overrun", "invalid tss",
    "segment not present", "stack fault", "general protection", "page fault", "spurious",
    "x87 error", "alignment check", "machine check", "simd error",
};

static bool vector_open_to_user(unsigned v)
{
    return v == 3 || v == 4 || v >= SOFT_VECTOR;
}

const struct trap_info *trap_table(void)
{
    return table;
}

void trap_setup_cpu(void)
{
    struct callback_register callbacks[] = {
        {.type = CALLBACKTYPE_event, .address = (uint64_t)entry_event},
        {.type = CALLBACKTYPE_failsafe, .flags = CALLBACKF_mask_events,
         .address = (uint64_t)entry_failsafe},
        {.type = CALLBACKTYPE_syscall, .flags = CALLBACKF_mask_events,
         .address = (uint64_t)entry_syscall},
    };

    for (unsigned i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++)
        if (HYPERVISOR_callback_op(CALLBACKOP_register, &callbacks[i]))
            panic("callback %u refused", callbacks[i].type);
}

void trap_setup(void)
{
    unsigned n = 0;

    for (unsigned i = 0; i < VECTORS + SOFT_VECTORS; i++) {
        unsigned v = i < VECTORS ? i : SOFT_VECTOR + i - VECTORS;

        if (v == 2 || v == 15) /* NMIs have a callback of their own; 15 does not exist */
            continue;
        table[n++] = (struct trap_info){
            .vector = (uint8_t)v,
            .flags = TRAP_MASK_EVENTS | (vector_open_to_user(v) ? 3 : 0),
            .cs = SEL_CODE,
            .address = entry_vectors[i],
        };
    }
    if (HYPERVISOR_set_trap_table(table))
        panic("trap table refused");
    trap_setup_cpu();
}

void regs_set_user(struct regs *r, uint64_t rip, uint64_t rsp)
{
    memset(r, 0, sizeof(*r));
    r->rip = rip;
    r->rsp = rsp;
    r->cs = SEL_CODE;
    r->ss = SEL_DATA;
    r->rflags = 0x202;
}

void regs_dump(const struct regs *r)
{
    print("rip %016lx cs %04x rflags %08lx  rsp %016lx ss %04lx\n"
          "rax %016lx rbx %016lx rcx %016lx rdx %016lx\n"
          "rsi %016lx rdi %016lx rbp %016lx  r8 %016lx\n"
          " r9 %016lx r10 %016lx r11 %016lx r12 %016lx\n"
          "r13 %016lx r14 %016lx r15 %016lx error %lx\n",
          r->rip, r->cs, r->rflags, r->rsp, r->ss, r->rax, r->rbx, r->rcx, r->rdx, r->rsi, r->rdi,
          r->rbp, r->r8, r->r9, r->r10, r->r11, r->r12, r->r13, r->r14, r->r15, r->error);
}

static void __attribute__((noreturn)) trap_in_kernel(const struct regs *r, uint64_t cr2)
{
    const char *name = r->vector < VECTORS && names[r->vector] ? names[r->vector] : "trap";

    print("\nkernel %s (vector %lu) on cpu %u, cr2 %016lx\n", name, r->vector, this_cpu()->id, cr2);
    regs_dump(r);
    print_backtrace(r->rip, r->rbp);
    machine_crash();
}

/* ---- faults the kernel expects ---- */
extern char user_copy_moves[], user_copy_failed[];

static bool trap_fixed_up(struct regs *r)
{
    if (r->rip != (uint64_t)user_copy_moves)
        return false;
    r->rip = (uint64_t)user_copy_failed;
    return true;
}

bool user_copy(void *to, const void *from, size_t n);

static bool user_range(uint64_t va, size_t n)
{
    return va < USER_END && n <= USER_END - va;
}

bool user_copy_in(void *to, uint64_t from, size_t n)
{
    return user_range(from, n) && user_copy(to, (const void *)from, n);
}

bool user_copy_out(uint64_t to, const void *from, size_t n)
{
    return user_range(to, n) && user_copy((void *)to, from, n);
}

/* Another cpu may still hold a read-only translation of a frame that has become writable again. */
static bool trap_spurious(const struct regs *r, uint64_t cr2)
{
    return !regs_from_user(r) && (r->error & 3) == 3 && cr2 >= DIRECT_BASE && cr2 < VIRT_BASE &&
           expect_spurious(cr2);
}

static void trap_exception(struct regs *r)
{
    uint64_t cr2 = this_cpu()->info.arch.cr2;
    bool user = regs_from_user(r);

    if (expect_met(r, cr2))
        return;
    if (r->vector == 14 && cr2 < USER_END) {
        bool mended;

        if (r->rflags & 0x200)
            irq_enable();
        mended = kernel_user_fault(cr2, r->error & 2);
        irq_disable();
        if (mended || (!user && trap_fixed_up(r)))
            return;
    }
    if (r->vector == 14 && trap_spurious(r, cr2))
        return;
    if (!user)
        trap_in_kernel(r, cr2);
    irq_enable();
    kernel_user_exception(r, cr2);
    irq_disable();
}

void trap_dispatch(struct regs *r);

void trap_dispatch(struct regs *r)
{
    /* In the return frame IF says what the mask shall be; the slot holds what it was. */
    switch (r->vector) {
    case REGS_VECTOR_EVENT:
        event_dispatch();
        break;
    case REGS_VECTOR_SYSCALL:
        irq_enable();
        kernel_syscall(r);
        irq_disable();
        break;
    default:
        trap_exception(r);
    }
    kernel_leave(r);
}
