/* SPDX-License-Identifier: MIT */
/*
 * An iret frame whose last words cannot be read: nothing of it is taken over, and the domain ends. What the
 * hypervisor prints of it is what it was (tests/system/test_machine.py looks at that). (ends: crash)
 */
#include "guest.h"

void test_main(void)
{
    char *page = page_alloc();
    uint64_t *frame = (uint64_t *)(page + PAGE_SIZE) - 8; /* rax r11 rcx flags rip cs rflags rsp; ss is beyond */

    expect("nothing behind it", va_map((uint64_t)page + PAGE_SIZE, 0), 0);
    frame[5] = FLAT_KERNEL_CS;
    print("# the domain ends here\n");
    __asm__ volatile("mov %0, %%rsp\n\tmov $0xbb1, %%ebx\n\tmov $0xbb2, %%ebp\n\tmov $0xc12, %%r12d\n\tmov $0xf15, %%r15d\n\t"
                     "mov $0xd11, %%edi\n\tmov %1, %%eax\n\tsyscall"
                     : : "r"(frame), "i"(__HYPERVISOR_iret) : "memory", "rax", "rbx", "r12", "r15", "rdi");
    ktap_ok("not reached", false);
}
