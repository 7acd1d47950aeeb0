/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions executed by a PV kernel: each is trapped and answered as the ABI's hypervisor
 * does, with a result, a silent success, or a #GP.
 */
#include "guest.h"

#define PLAIN(name, text) expect_no_trap(name, (TRY(text, : : : "memory", "rax", "rcx", "rdx")))
#define FAULTS(name, text, vector, error)                                                          \
    expect_trap(name, (TRY(text, : : : "memory", "rax", "rcx", "rdx")), vector, error)

static struct trap rdmsr(uint32_t msr, uint64_t *value)
{
    uint32_t low = 0, high = 0;
    struct trap seen = TRY("rdmsr", : "+a"(low), "+d"(high) : "c"(msr) : "memory");

    *value = (uint64_t)high << 32 | low;
    return seen;
}

static struct trap wrmsr(uint32_t msr, uint64_t value)
{
    return TRY("wrmsr", : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

static void xen_cpuid(uint32_t leaf, uint32_t out[4])
{
    __asm__ volatile("ud2; .ascii \"xen\"; cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3]) : "a"(leaf), "c"(0));
}

void test_main(void)
{
    uint64_t value, cr0, cr3, cr4;
    uint32_t leaf[4];
    char *page = page_alloc();

    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    ktap_ok("cr0 says protected mode and paging", (cr0 & 0x80000001) == 0x80000001);
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
    ktap_equal("cr3 is the root's machine address", cr3, virt_to_mfn(boot_root()) * PAGE_SIZE);
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    ktap_ok("cr4 says PAE, not SMEP or SMAP", (cr4 & 0x20) && !(cr4 & 0x300000));
    expect_no_trap("mov to cr0", TRY("mov %0, %%cr0", : : "r"(cr0) : "memory"));
    expect_no_trap("mov to cr4 of what it was", TRY("mov %0, %%cr4", : : "r"(cr4) : "memory"));
    expect_no_trap("mov to cr3 of the root", TRY("mov %0, %%cr3", : : "r"(cr3) : "memory"));
    expect_trap("mov to cr3 of no root", TRY("mov %0, %%cr3", : : "r"(virt_to_mfn(page) * PAGE_SIZE) : "memory"), 13, 0);
    expect_trap("mov to cr8", TRY("mov %0, %%cr8", : : "r"(0ul) : "memory"), 13, 0);
    expect_no_trap("mov from cr2", TRY("mov %%cr2, %0", : "=r"(value) : : "memory"));
    PLAIN("clts", "clts");
    expect_no_trap("mov to dr0", TRY("mov %0, %%dr0", : : "r"(page) : "memory"));
    expect_no_trap("mov from dr0", TRY("mov %%dr0, %0", : "=r"(value) : : "memory"));
    ktap_equal("reads it back", value, (uint64_t)page);
    expect_trap("mov to dr0 of a hypervisor address", TRY("mov %0, %%dr0", : : "r"(HYPERVISOR_TEXT) : "memory"), 13, 0);
    PLAIN("wbinvd", "wbinvd");
    FAULTS("hlt", "hlt", 13, 0);
    expect_trap("invlpg is a hypercall", TRY("invlpg (%0)", : : "r"(page) : "memory"), 13, 0);
    FAULTS("lgdt", "sub $16, %%rsp; lgdt (%%rsp); 771: add $16, %%rsp", 13, 0);
    FAULTS("lidt", "sub $16, %%rsp; lidt (%%rsp); 771: add $16, %%rsp", 13, 0);
    FAULTS("ltr", "xor %%eax, %%eax; ltr %%ax", 13, 0);
    FAULTS("lldt", "xor %%eax, %%eax; lldt %%ax", 13, 0);
    FAULTS("swapgs", "swapgs", 13, 0);
    FAULTS("invd", "invd", 13, 0);

    xen_cpuid(0x40000000, leaf);
    ktap_ok("cpuid leaf 0x40000000 says XenVMMXenVMM", leaf[1] == 0x566e6558 && leaf[2] == 0x65584d4d && leaf[3] == 0x4d4d566e);
    ktap_ok("and at least two more", leaf[0] >= 0x40000002);
    xen_cpuid(0x40000001, leaf);
    ktap_equal("0x40000001 the version", leaf[0], 0x40011);
    xen_cpuid(0x40000002, leaf);
    ktap_equal("0x40000002 one hypercall page", leaf[0], 1);
    xen_cpuid(1, leaf);
    ktap_equal("leaf 1 hides PSE and PGE", leaf[3] & (1 << 3 | 1 << 13), 0);
    ktap_ok("says a hypervisor is there", leaf[2] & 1u << 31);
    ktap_equal("OSXSAVE is on if XSAVE is there, before any CR4 write", leaf[2] >> 27 & 1, leaf[2] >> 26 & 1);
    xen_cpuid(7, leaf);
    ktap_equal("leaf 7 hides SMEP, SMAP, INVPCID", leaf[1] & (1 << 7 | 1 << 20 | 1 << 10), 0);

    expect_no_trap("rdmsr EFER", rdmsr(0xc0000080, &value));
    ktap_ok("says long mode and syscall", (value & 0x501) == 0x501);
    expect_no_trap("wrmsr FS_BASE", wrmsr(0xc0000100, 0x1234));
    expect_no_trap("rdmsr FS_BASE", rdmsr(0xc0000100, &value));
    ktap_equal("reads back", value, 0x1234);
    expect_no_trap("wrmsr KERNEL_GS_BASE", wrmsr(0xc0000102, 0x5678));
    expect_no_trap("rdmsr KERNEL_GS_BASE", rdmsr(0xc0000102, &value));
    ktap_equal("reads back", value, 0x5678);
    expect_no_trap("wrmsr GS_BASE", wrmsr(0xc0000101, 0x9abc));
    expect_trap("wrmsr FS_BASE, non-canonical", wrmsr(0xc0000100, NON_CANONICAL), 13, 0);
    expect_trap("rdmsr of none", rdmsr(0x12345678, &value), 13, 0);
    expect_trap("wrmsr of none", wrmsr(0x12345678, 0), 13, 0);
    expect_trap("wrmsr LSTAR", wrmsr(0xc0000082, HYPERVISOR_TEXT), 13, 0);
    expect_trap("wrmsr SYSENTER_EIP", wrmsr(0x176, HYPERVISOR_TEXT), 13, 0);

    events_disable();
    FAULTS("cli without iopl", "cli", 13, 0);
    FAULTS("sti without iopl", "sti", 13, 0);
    struct physdev_set_iopl iopl = {.iopl = 1};
    FAULTS("in without iopl", "in $0x80, %%al", 13, 0);
    FAULTS("out without iopl", "out %%al, $0x80", 13, 0);
    expect("set_iopl 1", hypercall(physdev_op, PHYSDEVOP_set_iopl, &iopl), 0);
    PLAIN("cli is a no-op", "cli");
    PLAIN("sti too", "sti");
    ktap_equal("the upcall mask is unchanged", vcpu0()->evtchn_upcall_mask, 1);
    PLAIN("prefixes do not matter", ".skip 14, 0x66; cli");
    FAULTS("but sixteen bytes are no instruction", ".skip 15, 0x66; cli", 13, 0);
    char *last = page_alloc(), *gone = page_alloc();
    memcpy(last + PAGE_SIZE - 4, "\x0f\x20\xc0\xc3", 4); /* mov %cr0, %rax; ret */
    va_map((uint64_t)gone, 0);
    ktap_equal("two pages side by side", (uint64_t)gone, (uint64_t)last + PAGE_SIZE);
    expect_no_trap("an instruction before a page that is not there", TRY("call *%0", : : "r"(gone - 4) : "memory", "rax"));
    memcpy(gone - 1, "\xfa", 1); /* cli, and on */
    va_map((uint64_t)gone, pte_for(gone, RW));
    memcpy(gone, "\xc3", 1);
    expect_no_trap("the last byte of a page", TRY("call *%0", : : "r"(gone - 1) : "memory", "rax"));
    PLAIN("in", "in $0x80, %%al");
    PLAIN("out", "out %%al, $0x80");
    PLAIN("in of dx", "mov $0x80, %%edx; in %%dx, %%eax");
    uint16_t words[4] = {1, 1, 1, 1}, *to = words;
    uint64_t count = 3;
    expect_no_trap("rep insw", TRY("rep insw", : "+D"(to), "+c"(count) : "d"(0x80) : "memory"));
    ktap_ok("reads all ones, as many times as it says", words[2] == 0xffff && words[3] == 1 && to == words + 3 && !count);
    expect_no_trap("outsb", TRY("outsb", : "+S"(to) : "d"(0x80) : "memory"));
    ktap_equal("goes one byte on", (uint64_t)to, (uint64_t)(words + 3) + 1);
    PLAIN("rdtsc runs", "rdtsc");
    expect_no_trap("xgetbv or #UD without OSXSAVE",
                   TRY("mov %%cr4, %%rax; bt $18, %%rax; jnc 772f; xor %%ecx, %%ecx; xgetbv; 772:", : : : "rax", "rcx", "rdx", "memory"));
}
