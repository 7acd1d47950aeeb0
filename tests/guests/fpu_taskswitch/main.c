/* SPDX-License-Identifier: MIT */
/* fpu_taskswitch sets the guest's TS: the next FPU instruction is a #NM, and TS is clear in the handler. */
#include "guest.h"

void test_main(void)
{
    uint64_t cr0;

    expect_no_trap("the FPU works", TRY("fninit", ::: "memory"));
    expect("set TS", hypercall(fpu_taskswitch, 1), 0);
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    ktap_equal("cr0 shows it", cr0 & 8, 8);
    expect_trap("an FPU instruction is a #NM", TRY("fninit", ::: "memory"), 7, 0);
    __asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
    ktap_equal("after which TS is clear", cr0 & 8, 0);
    expect_no_trap("and the FPU works", TRY("fninit", ::: "memory"));
    expect("set", hypercall(fpu_taskswitch, 1), 0);
    expect("clear", hypercall(fpu_taskswitch, 0), 0);
    expect_no_trap("the FPU works", TRY("fninit", ::: "memory"));
    expect("set", hypercall(fpu_taskswitch, 1), 0);
    expect_no_trap("clts clears it too", TRY("clts\n\tfninit", ::: "memory"));
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0 | 8));
    expect_trap("a write of cr0 sets it", TRY("fninit", ::: "memory"), 7, 0);
}
