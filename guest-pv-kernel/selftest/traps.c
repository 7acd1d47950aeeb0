/* SPDX-License-Identifier: MIT
 * Traps taken by the kernel itself: which vector, which error code, which frame. The same for user
 * mode is in user/selftest.c. */
#include "selftest/test.h"

#define INSN(name, text)                                                                           \
    static uint64_t name(uint64_t x)                                                               \
    {                                                                                              \
        __asm__ volatile(text : "+a"(x)::"rcx", "rdx", "memory");                                  \
        return x;                                                                                  \
    }

INSN(do_divide, "xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx")
INSN(do_int3, "int3")
INSN(do_ud2, "ud2")
INSN(do_hlt, "hlt")
INSN(do_bad_selector, "mov $0x1234, %%ecx; mov %%cx, %%fs")
INSN(do_read, "mov (%%rax), %%rcx")
INSN(do_write, "movb $1, (%%rax)")
INSN(do_jump, "call *%%rax")
INSN(do_stack, "push %%rbp; mov %%rax, %%rbp; mov (%%rbp), %%rcx; pop %%rbp")
INSN(do_int80, "int $0x80")
INSN(do_int13, "int $13")
INSN(do_int255, "int $255")
INSN(do_step, "pushfq; orl $0x100, (%%rsp); popfq; nop; nop")
INSN(do_sse, "movq %%xmm0, %%rax")

static void trap(struct test_info *t, uint64_t (*fn)(uint64_t), uint64_t arg, unsigned vector,
                 unsigned error)
{
    struct expect e;

    expect_run(&e, fn, arg);
    if (!CHECK_TRUE(e.trapped))
        return;
    CHECK(e.regs.vector, vector);
    CHECK(e.regs.error, error);
    CHECK(e.regs.cs, SEL_CODE & ~3);
    CHECK(e.regs.ss | 3, SEL_DATA | 3);
    CHECK_TRUE(e.masked);
}

static void divide(struct test_info *t) { trap(t, do_divide, 1, 0, 0); }
static void breakpoint(struct test_info *t) { trap(t, do_int3, 0, 3, 0); }
static void undefined(struct test_info *t) { trap(t, do_ud2, 0, 6, 0); }
static void privileged(struct test_info *t) { trap(t, do_hlt, 0, 13, 0); }
static void selector(struct test_info *t) { trap(t, do_bad_selector, 0, 13, 0x1234); }
static void noncanonical(struct test_info *t) { trap(t, do_read, 1UL << 63, 13, 0); }
static void software(struct test_info *t) { trap(t, do_int80, 0, 0x80, 0); }

/* The processor says 12; QEMU 7.2 says 13. */
static void stack_fault(struct test_info *t)
{
    struct expect e;

    expect_run(&e, do_stack, 1UL << 63);
    CHECK_TRUE(e.trapped);
    CHECK_TRUE(e.regs.vector == 12 || e.regs.vector == 13);
    CHECK(e.regs.error, 0);
}

/* The error code is left out: QEMU 7.2 gets it wrong. */
static void software_refused(struct test_info *t)
{
    struct expect e;

    expect_run(&e, do_int13, 0);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 13);
    expect_run(&e, do_int255, 0);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 13);
}

static void breakpoint_after(struct test_info *t)
{
    struct expect e;

    expect_run(&e, do_int3, 0);
    CHECK(*(uint8_t *)(e.regs.rip - 1), 0xcc);
    expect_run(&e, do_ud2, 0);
    CHECK(*(uint16_t *)e.regs.rip, 0x0b0f);
}

static void fault_address(struct test_info *t, uint64_t (*fn)(uint64_t), uint64_t va,
                          unsigned error)
{
    struct expect e;

    trap(t, fn, va, 14, error);
    expect_run(&e, fn, va);
    CHECK(e.cr2, va);
}

static void fault_absent(struct test_info *t)
{
    fault_address(t, do_read, 0x50000000123, 0);
    fault_address(t, do_write, 0x50000000123, 2);
}

static void fault_read_only(struct test_info *t)
{
    fault_address(t, do_write, (uint64_t)_text, 3);
}

static void fault_execute(struct test_info *t)
{
    fault_address(t, do_jump, (uint64_t)test_window, 0x11);
    fault_address(t, do_jump, 0x50000000000, 0x10);
}

static void saved_mask(struct test_info *t)
{
    struct expect e;

    expect_run(&e, do_ud2, 0); /* with events masked: so says the slot, and IF is clear */
    CHECK(e.regs.saved_mask, 1);
    CHECK(e.regs.rflags & 0x200, 0);
}

static void single_step(struct test_info *t)
{
    struct expect e;

    expect_run(&e, do_step, 0);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 1);
    CHECK(HYPERVISOR_get_debugreg(6) & 0x4000, 0x4000);
    CHECK(HYPERVISOR_set_debugreg(6, 0), 0);
}

static uint64_t watched_store(uint64_t va)
{
    *(volatile uint32_t *)va = 7;
    return 1;
}

static void debug_registers(struct test_info *t)
{
    static uint32_t watched;
    struct expect e;
    bool irq = irq_save();

    CHECK(HYPERVISOR_set_debugreg(0, (uint64_t)&watched), 0);
    CHECK(HYPERVISOR_get_debugreg(0), (uint64_t)&watched);
    CHECK(HYPERVISOR_set_debugreg(7, 0xd0001 | 0x400), 0); /* dr0: 4 bytes, writes */
    expect_run(&e, watched_store, (uint64_t)&watched);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 1);
    CHECK(HYPERVISOR_get_debugreg(6) & 0xf, 1);
    CHECK(HYPERVISOR_set_debugreg(7, 0x400), 0);
    CHECK(HYPERVISOR_set_debugreg(6, 0), 0);
    CHECK(HYPERVISOR_set_debugreg(0, 0), 0);
    irq_restore(irq);
}

static void debug_refused(struct test_info *t)
{
    CHECK(HYPERVISOR_set_debugreg(0, 0xffff830000000000UL), ERR(EPERM));
    CHECK(HYPERVISOR_set_debugreg(8, 0), ERR(ENODEV));
    CHECK(HYPERVISOR_get_debugreg(8), ERR(ENODEV));
}

static void task_switched(struct test_info *t)
{
    struct expect e;
    bool irq = irq_save();

    CHECK(HYPERVISOR_fpu_taskswitch(1), 0);
    expect_run(&e, do_sse, 0);
    CHECK_TRUE(e.trapped);
    CHECK(e.regs.vector, 7);
    HYPERVISOR_fpu_taskswitch(0);
    expect_run(&e, do_sse, 0);
    CHECK(e.trapped, 0);
    irq_restore(irq);
}

static void table_refused(struct test_info *t)
{
    CHECK(HYPERVISOR_set_trap_table((struct trap_info *)0x123456000), ERR(EFAULT));
    CHECK(HYPERVISOR_set_trap_table((struct trap_info *)trap_table()), 0);
}

const struct test trap_tests[] = {
    {"trap.divide", divide},
    {"trap.breakpoint", breakpoint},
    {"trap.undefined", undefined},
    {"trap.privileged", privileged},
    {"trap.selector", selector},
    {"trap.noncanonical", noncanonical},
    {"trap.stack_fault", stack_fault},
    {"trap.software", software},
    {"trap.software_refused", software_refused},
    {"trap.breakpoint_after", breakpoint_after},
    {"trap.fault_absent", fault_absent},
    {"trap.fault_read_only", fault_read_only},
    {"trap.fault_execute", fault_execute},
    {"trap.saved_mask", saved_mask},
    {"trap.single_step", single_step},
    {"trap.debug_registers", debug_registers},
    {"trap.debug_refused", debug_refused},
    {"trap.task_switched", task_switched},
    {"trap.table_refused", table_refused},
    {0},
};
