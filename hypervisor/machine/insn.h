/* SPDX-License-Identifier: MIT */
/*
 * Every instruction C has no word for, one small function each. The only other inline assembly is this_cpu() and
 * fpu.c's; accesses that may fault are in copy.h.
 */
#pragma once

#include "lib/types.h"

#define MSR_APIC_BASE      0x1b
#define MSR_SPEC_CTRL      0x48
#define MSR_PRED_CMD       0x49
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_SYSENTER_CS    0x174
#define MSR_SYSENTER_ESP   0x175
#define MSR_SYSENTER_EIP   0x176
#define MSR_PAT            0x277
#define MSR_EFER           0xc0000080
#define MSR_STAR           0xc0000081
#define MSR_LSTAR          0xc0000082
#define MSR_CSTAR          0xc0000083
#define MSR_SYSCALL_MASK   0xc0000084
#define MSR_FS_BASE        0xc0000100
#define MSR_GS_BASE        0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define CR0_TS (1ul << 3)

#define CR4_DE         (1ul << 3)
#define CR4_PAE        (1ul << 5)
#define CR4_MCE        (1ul << 6)
#define CR4_PGE        (1ul << 7)
#define CR4_OSFXSR     (1ul << 9)
#define CR4_OSXMMEXCPT (1ul << 10)
#define CR4_UMIP       (1ul << 11)
#define CR4_FSGSBASE   (1ul << 16)
#define CR4_PCIDE      (1ul << 17)
#define CR4_OSXSAVE    (1ul << 18)
#define CR4_SMEP       (1ul << 20)
#define CR4_SMAP       (1ul << 21)

#define CR3_KEEP (1ul << 63) /* the translations of its PCID; reads as 0 */

#define EFER_SCE (1ul << 0)
#define EFER_LME (1ul << 8)
#define EFER_NXE (1ul << 11)

#define RFLAGS_CF (1ul << 0)
#define RFLAGS_TF (1ul << 8)
#define RFLAGS_IF (1ul << 9)
#define RFLAGS_DF (1ul << 10)
#define RFLAGS_IOPL (3ul << 12)
#define RFLAGS_NT (1ul << 14)
#define RFLAGS_RF (1ul << 16)
#define RFLAGS_VM (1ul << 17)
#define RFLAGS_AC (1ul << 18)

struct cpuid_regs {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpuid(uint32_t leaf, uint32_t sub)
{
    struct cpuid_regs r;

    asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(sub));
    return r;
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    asm volatile("wrmsr" ::"c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    asm volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

#define PORT_ACCESS(size, type)                                                  \
    static inline type in##size(uint16_t port)                                   \
    {                                                                            \
        type v;                                                                  \
        asm volatile("in" #size " %1, %0" : "=a"(v) : "Nd"(port));               \
        return v;                                                                \
    }                                                                            \
    static inline void out##size(uint16_t port, type v)                   \
    {                                                                            \
        asm volatile("out" #size " %0, %1" ::"a"(v), "Nd"(port));                \
    }
PORT_ACCESS(b, uint8_t)
PORT_ACCESS(w, uint16_t)
PORT_ACCESS(l, uint32_t)

static inline void outb_string(uint16_t port, const void *bytes, size_t n)
{
    asm volatile("rep outsb" : "+S"(bytes), "+c"(n) : "d"(port) : "memory");
}

/* How many bytes come before the first c; n if there is none. */
static inline size_t scan_for(const char *text, char c, size_t n)
{
    const char *end = text;
    bool found;

    if (!n)
        return 0;
    asm("repne scasb" : "+D"(end), "+c"(n), "=@ccz"(found) : "a"(c) : "memory");
    return (size_t)(end - text) - found;
}

#define READ_REGISTER(name, type)                                                \
    static inline type read_##name(void)                                         \
    {                                                                            \
        type v;                                                                  \
        asm volatile("mov %%" #name ", %0" : "=r"(v));                           \
        return v;                                                                \
    }
#define WRITE_REGISTER(name)                                                     \
    static inline void write_##name(uint64_t v)                                  \
    {                                                                            \
        asm volatile("mov %0, %%" #name ::"r"(v) : "memory");                    \
    }
READ_REGISTER(cr0, uint64_t)
READ_REGISTER(cr2, uint64_t)
READ_REGISTER(cr3, uint64_t)
READ_REGISTER(cr4, uint64_t)
READ_REGISTER(dr6, uint64_t)
/* Loads of a selector the guest chose may fault: copy.h has load_*_safe for those. */
READ_REGISTER(ds, uint16_t)
READ_REGISTER(es, uint16_t)
READ_REGISTER(fs, uint16_t)
READ_REGISTER(gs, uint16_t)
WRITE_REGISTER(cr0)
WRITE_REGISTER(cr3)
WRITE_REGISTER(cr4)
WRITE_REGISTER(dr0)
WRITE_REGISTER(dr1)
WRITE_REGISTER(dr2)
WRITE_REGISTER(dr3)
WRITE_REGISTER(dr6)
WRITE_REGISTER(dr7)

struct table_register {
    uint16_t limit;
    uint64_t base;
} PACKED;

/* One instruction with no operand, a register or a place in memory. */
#define INSN(name)                                                               \
    static inline void name(void)                                                \
    {                                                                            \
        asm volatile(#name ::: "memory");                                        \
    }
#define INSN_SELECTOR(name)                                                      \
    static inline void name(uint16_t selector)                                   \
    {                                                                            \
        asm volatile(#name " %0" ::"r"(selector) : "memory");                    \
    }
#define INSN_TABLE(name)                                                         \
    static inline void name(const struct table_register *t)                      \
    {                                                                            \
        asm volatile(#name " %0" ::"m"(*t) : "memory");                          \
    }
INSN(clts)
INSN(pause)
INSN(swapgs)
INSN(wbinvd)
INSN_SELECTOR(lldt)
INSN_SELECTOR(ltr)
INSN_TABLE(lgdt)
INSN_TABLE(lidt)

static inline void invlpg(uint64_t va)
{
    asm volatile("invlpg %0" ::"m"(*(const char *)va) : "memory");
}

/* Waits for one interrupt and takes it; off again when this returns. */
static inline void interrupts_wait(void)
{
    asm volatile("sti; hlt; cli" ::: "memory");
}

/* Takes the interrupts that are waiting now. */
static inline void interrupts_window(void)
{
    asm volatile("sti; nop; cli" ::: "memory");
}

static inline void NORETURN halt_forever(void)
{
    for (;;)
        asm volatile("cli; hlt");
}

static inline uint64_t xgetbv(uint32_t index)
{
    uint32_t low, high;

    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
    return (uint64_t)high << 32 | low;
}

static inline void xsetbv(uint32_t index, uint64_t v)
{
    asm volatile("xsetbv" ::"c"(index), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)));
}
