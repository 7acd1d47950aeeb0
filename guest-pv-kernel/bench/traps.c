/* SPDX-License-Identifier: MIT
 * Privileged instructions that the hypervisor emulates, beside the hypercall or the shared word
 * that does the same; and the kernel's own exceptions. */
#include "bench/rows.h"

#include <xen/physdev.h>

#include "bench/insn.h"
#include "bench/user.h"

INSN(cpuid_forced, "mov %%rbx, %%r8; mov $0x40000000, %%eax; xor %%ecx, %%ecx\n"
                   ".byte 0x0f, 0x0b, 'x', 'e', 'n'; cpuid; mov %%r8, %%rbx")

static bool iopl(uint8_t level)
{
    struct physdev_set_iopl op = {level};

    return HYPERVISOR_physdev_op(PHYSDEVOP_set_iopl, &op) == 0;
}

static bool iopl_begin(uint64_t n)
{
    (void)n;
    return iopl(1);
}

static void iopl_end(uint64_t n)
{
    (void)n;
    iopl(1); /* as the kernel started */
}

static long mask_word(uint64_t n)
{
    (void)n;
    irq_disable();
    return 0;
}

static long unmask_word(uint64_t n)
{
    (void)n;
    __asm__ volatile("movb $0, %%gs:%c0; cmpb $0, %%gs:%c1" ::"i"(CPU_UPCALL_MASK),
                     "i"(CPU_UPCALL_PENDING)
                     : "memory", "cc");
    return 0;
}

static void mask_undo(uint64_t n)
{
    (void)n;
    irq_disable();
}

/* ---- exceptions of the kernel's own, with the shortest handlers ---- */
static bool handlers_begin(uint64_t n)
{
    (void)n;
    bench_handlers(true);
    return true;
}

static void handlers_end(uint64_t n)
{
    (void)n;
    bench_handlers(false);
}

const struct bench trap_rows[] = {
    {"irq_mask", "hypercall", 1, mask_word},
    {"irq_mask", "trap", 1, do_cli, .begin = iopl_begin, .end = iopl_end},
    {"irq_unmask", "hypercall", 1, unmask_word, .undo = mask_undo},
    {"irq_unmask", "trap", 1, do_sti, iopl_begin, mask_undo, iopl_end},
    {"task_switched", "trap", 1, do_clts},
    {"read_cr0", "trap", 1, read_cr0},
    {"port_in", "trap", 1, do_in, .begin = iopl_begin, .end = iopl_end},
    {"port_out", "trap", 1, do_out, .begin = iopl_begin, .end = iopl_end},
    {"rdmsr_fs_base", "trap", 1, rdmsr_fs},
    {"set_segment_base", "trap", 1, wrmsr_fs},
    {"cpuid", "trap", 1, cpuid_forced},
    {"cpuid", "native", 1, cpuid_native},
    {"kernel_page_fault", "bounce", 1, bench_trip_page_fault, .begin = handlers_begin,
     .end = handlers_end},
    {0},
};
