/* SPDX-License-Identifier: MIT
 * Privileged instructions that are measured in both places: emulated for a kernel in ring 3, and executed by one in
 * ring 0. */
#ifndef BENCH_INSN_H
#define BENCH_INSN_H

#include <stdint.h>

#define INSN(name, text)                                                                           \
    static long name(uint64_t n)                                                                   \
    {                                                                                              \
        (void)n;                                                                                   \
        __asm__ volatile(text ::: "rax", "rcx", "rdx", "r8", "memory", "cc");                      \
        return 0;                                                                                  \
    }

INSN(do_cli, "cli")
INSN(do_sti, "sti")
INSN(do_in, "in $0x80, %%al")
INSN(do_out, "out %%al, $0x80")
INSN(read_cr0, "mov %%cr0, %%rax")
INSN(do_clts, "clts")
INSN(rdmsr_fs, "mov $0xc0000100, %%ecx; rdmsr")
INSN(wrmsr_fs, "mov $0xc0000100, %%ecx; xor %%eax, %%eax; xor %%edx, %%edx; wrmsr")
INSN(cpuid_native, "mov %%rbx, %%r8; mov $0x40000000, %%eax; xor %%ecx, %%ecx; cpuid; mov %%r8, %%rbx")

#endif
