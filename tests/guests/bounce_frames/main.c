/* SPDX-License-Identifier: MIT */
/* What an exception's frame says: vector, error code, rip, selectors, flags, stack, and cr2. */
#include "guest.h"

static void same_frame(const char *what)
{
    ktap_ok(what, (trap_seen.frame.cs & 0xffff) == (FLAT_KERNEL_CS & ~3) && (trap_seen.frame.ss & ~3ul) == (FLAT_KERNEL_SS & ~3u));
}

void test_main(void)
{
    uint64_t here, rsp;
    struct trap seen;

    seen = TRY("lea 1f(%%rip), %0\n\tmov %%rsp, %1\n1:\tud2", : "=&r"(here), "=&r"(rsp) : : "memory");
    expect_trap("#UD", seen, 6, 0);
    ktap_equal("rip is that of the instruction", seen.frame.rip, here);
    ktap_equal("rsp is that before it", seen.frame.rsp, rsp);
    same_frame("cs is the kernel's with RPL 0, ss the kernel's");
    ktap_equal("flags: IF says events are masked, bit 1 set, no IOPL", seen.frame.rflags & 0x3202, 0x0002);
    seen = TRY("lea 1f(%%rip), %0\n\tint3\n1:", : "=&r"(here) : : "memory");
    expect_trap("#BP", seen, 3, 0);
    ktap_equal("rip is after it", seen.frame.rip, here);
    expect_trap("#DE", TRY("div %%ecx", : : "a"(1), "c"(0), "d"(0) : "memory"), 0, 0);
    expect_trap("#GP by a non-canonical read", try_read(NON_CANONICAL), 13, 0);
    seen = TRY("mov %%rbp, %%rcx\n\tmov %0, %%rbp\n\tmov (%%rbp), %%rax\n771:\tmov %%rcx, %%rbp",
               : : "r"(NON_CANONICAL) : "rax", "rcx", "memory");
    ktap_ok("#SS by a non-canonical stack read (QEMU: #GP)", seen.vector == 12 || seen.vector == 13);
    expect_trap("#PF reading nothing", try_read(UNMAPPED + 8), 14, 0);
    ktap_equal("cr2", trap_seen.cr2, UNMAPPED + 8);
    expect_trap("#PF writing nothing", try_write(UNMAPPED, 0), 14, 2);
    expect_trap("#PF reading the hypervisor's text", try_read(HYPERVISOR_TEXT), 14, 0);
    expect_trap("#PF writing the hypervisor's text", try_write(HYPERVISOR_TEXT, 0), 14, 2);
    expect_trap("#PF writing the M2P", try_write(HYPERVISOR_START, 0), 14, 3);
    char *data = page_alloc();
    va_map((uint64_t)data, pte_for(data, RW | PTE_NX));
    seen = TRY("jmp *%0", : : "r"(data) : "memory");
    expect_trap("#PF executing a no-execute page", seen, 14, 0x11);
    ktap_equal("cr2 is the address", seen.cr2, (uint64_t)data);
    page_writable(data);
    expect_trap("#GP by loading a selector beyond the GDT", TRY("mov %0, %%es", : : "r"(0xfff8) : "memory"), 13, 0xfff8);
    expect_trap("#NP or #GP by a system selector", TRY("mov %0, %%es", : : "r"(0xe048) : "memory"), 13, 0xe048);
    seen = TRY("mov $0x1515, %%r15\n\tmov $0x1414, %%r14\n\tmov $0x0808, %%r8\n\tmov $0xbbbb, %%rbx\n\tud2",
               ::: "r15", "r14", "r8", "rbx", "memory");
    ktap_ok("registers arrive as they were", seen.frame.r15 == 0x1515 && seen.frame.r14 == 0x1414 && seen.frame.r8 == 0x808 && seen.frame.rbx == 0xbbbb);
}
