/* SPDX-License-Identifier: MIT
 * Privileged instructions, executed by this kernel in ring 3: each traps, and the hypervisor
 * emulates it, does nothing, or hands us the exception. What it did is shown by the program
 * `sensitive`. */
#include "arch/expect.h"
#include "arch/paravirt.h"
#include "lib/format.h"
#include "lib/string.h"
#include "selftest/selftest.h"

#include <xen/physdev.h>

/* x: in and out in rax. */
#define PROBE(name, text)                                                                          \
    static uint64_t name(uint64_t x)                                                               \
    {                                                                                              \
        __asm__ volatile(text : "+a"(x)::"rbx", "rcx", "rdx", "memory", "cc");                     \
        return x;                                                                                  \
    }

PROBE(do_cli, "cli")
PROBE(do_sti, "sti")
PROBE(do_hlt, "hlt")
PROBE(do_in, "xor %%eax, %%eax; in $0xed, %%al")
PROBE(do_out, "out %%al, $0xed")
PROBE(do_read_cr0, "mov %%cr0, %%rax")
PROBE(do_read_cr2, "mov %%cr2, %%rax")
PROBE(do_read_cr3, "mov %%cr3, %%rax")
PROBE(do_read_cr4, "mov %%cr4, %%rax")
PROBE(do_read_cr8, "mov %%cr8, %%rax")
PROBE(do_write_cr0, "mov %%cr0, %%rax; mov %%rax, %%cr0")
PROBE(do_write_cr4, "mov %%cr4, %%rax; mov %%rax, %%cr4")
PROBE(do_clts, "clts")
PROBE(do_lmsw, "lmsw %%ax")
PROBE(do_read_dr7, "mov %%dr7, %%rax")
PROBE(do_write_dr6, "mov $0xffff0ff0, %%eax; mov %%rax, %%dr6")
PROBE(do_lgdt, "push %%rax; push %%rax; lgdt (%%rsp); pop %%rax; pop %%rax")
PROBE(do_lidt, "push %%rax; push %%rax; lidt (%%rsp); pop %%rax; pop %%rax")
PROBE(do_lldt, "lldt %%ax")
PROBE(do_ltr, "ltr %%ax")
PROBE(do_invlpg, "invlpg (%%rax)")
PROBE(do_wbinvd, "wbinvd")
PROBE(do_invd, "invd")
PROBE(do_rdmsr_efer,
      "mov $0xc0000080, %%ecx; rdmsr; shl $32, %%rdx; mov %%eax, %%eax; or %%rdx, %%rax")
PROBE(do_rdmsr_none, "mov $0x12345, %%ecx; rdmsr")
PROBE(do_wrmsr_fs, "mov $0xc0000100, %%ecx; xor %%eax, %%eax; xor %%edx, %%edx; wrmsr")
PROBE(do_wrmsr_lstar, "mov $0xc0000082, %%ecx; xor %%eax, %%eax; xor %%edx, %%edx; wrmsr")
PROBE(do_rdtsc, "rdtsc; shl $32, %%rdx; or %%rdx, %%rax")
PROBE(do_rdpmc, "xor %%ecx, %%ecx; rdpmc")
PROBE(do_cpuid, "mov $0x40000000, %%eax; xor %%ecx, %%ecx; cpuid; mov %%rbx, %%rax")
PROBE(do_cpuid_forced,
      "mov $0x40000000, %%eax; xor %%ecx, %%ecx; .byte 0x0f, 0x0b, 'x', 'e', 'n'; cpuid\n"
      "mov %%rbx, %%rax")
PROBE(do_xgetbv, "xor %%ecx, %%ecx; xgetbv; mov %%eax, %%eax")
PROBE(do_xsetbv, "xor %%ecx, %%ecx; xgetbv; xsetbv; mov %%eax, %%eax")
PROBE(do_swapgs, "swapgs")
PROBE(do_sysretq, "sysretq")

enum { SHOW_NOTHING, SHOW_VALUE };

static const struct {
    const char *name;
    uint64_t (*fn)(uint64_t);
    uint8_t show, iopl;
} probes[] = {
    {"cli, iopl 0", do_cli, SHOW_NOTHING, 0},
    {"cli, iopl 1", do_cli, SHOW_NOTHING, 1},
    {"sti, iopl 0", do_sti, SHOW_NOTHING, 0},
    {"sti, iopl 1", do_sti, SHOW_NOTHING, 1},
    {"hlt", do_hlt, SHOW_NOTHING, 0},
    {"in 0xed, iopl 0", do_in, SHOW_VALUE, 0},
    {"in 0xed, iopl 1", do_in, SHOW_VALUE, 1},
    {"out 0xed, iopl 1", do_out, SHOW_NOTHING, 1},
    {"mov cr0, r", do_read_cr0, SHOW_VALUE, 0},
    {"mov cr2, r", do_read_cr2, SHOW_VALUE, 0},
    {"mov cr3, r", do_read_cr3, SHOW_VALUE, 0},
    {"mov cr4, r", do_read_cr4, SHOW_VALUE, 0},
    {"mov cr8, r", do_read_cr8, SHOW_VALUE, 0},
    {"mov r, cr0 (same)", do_write_cr0, SHOW_VALUE, 0},
    {"mov r, cr4 (same)", do_write_cr4, SHOW_VALUE, 0},
    {"clts", do_clts, SHOW_NOTHING, 0},
    {"lmsw 0", do_lmsw, SHOW_NOTHING, 0},
    {"mov dr7, r", do_read_dr7, SHOW_VALUE, 0},
    {"mov r, dr6", do_write_dr6, SHOW_NOTHING, 0},
    {"lgdt", do_lgdt, SHOW_NOTHING, 0},
    {"lidt", do_lidt, SHOW_NOTHING, 0},
    {"lldt 0", do_lldt, SHOW_NOTHING, 0},
    {"ltr 0", do_ltr, SHOW_NOTHING, 0},
    {"invlpg", do_invlpg, SHOW_NOTHING, 0},
    {"wbinvd", do_wbinvd, SHOW_NOTHING, 0},
    {"invd", do_invd, SHOW_NOTHING, 0},
    {"rdmsr EFER", do_rdmsr_efer, SHOW_VALUE, 0},
    {"rdmsr 0x12345", do_rdmsr_none, SHOW_VALUE, 0},
    {"wrmsr FS_BASE", do_wrmsr_fs, SHOW_NOTHING, 0},
    {"wrmsr LSTAR", do_wrmsr_lstar, SHOW_NOTHING, 0},
    {"rdtsc", do_rdtsc, SHOW_VALUE, 0},
    {"rdpmc", do_rdpmc, SHOW_VALUE, 0},
    {"cpuid 0x40000000", do_cpuid, SHOW_VALUE, 0},
    {"cpuid 0x40000000, forced", do_cpuid_forced, SHOW_VALUE, 0},
    {"xgetbv", do_xgetbv, SHOW_VALUE, 0},
    {"xsetbv (same)", do_xsetbv, SHOW_VALUE, 0},
    {"swapgs", do_swapgs, SHOW_NOTHING, 0},
    {"sysretq", do_sysretq, SHOW_NOTHING, 0},
};

bool probe_run(unsigned index, struct probe_info *info)
{
    struct physdev_set_iopl op = {0};
    struct expect e;
    uint64_t value;
    bool irq;

    if (index >= sizeof(probes) / sizeof(probes[0]))
        return false;
    string_copy(info->name, probes[index].name, sizeof(info->name));
    irq = irq_save();
    op.iopl = probes[index].iopl;
    HYPERVISOR_physdev_op(PHYSDEVOP_set_iopl, &op);
    value = expect_run(&e, probes[index].fn, 0);
    op.iopl = 0;
    HYPERVISOR_physdev_op(PHYSDEVOP_set_iopl, &op);
    irq_restore(irq);
    if (e.trapped)
        format_buffer(info->result, sizeof(info->result), "exception %lu, error %lu", e.regs.vector,
                      e.regs.error);
    else if (probes[index].show == SHOW_VALUE)
        format_buffer(info->result, sizeof(info->result), "0x%lx", value);
    else
        string_copy(info->result, "done, or done nothing", sizeof(info->result));
    return true;
}
