/* SPDX-License-Identifier: MIT */
/* set_debugreg and get_debugreg: breakpoints on the guest's own addresses; nothing of the hypervisor's. */
#include "guest.h"

static volatile uint64_t watched;

static long get(unsigned int n) { return hypercall(get_debugreg, n); }
static long set(unsigned int n, uint64_t value) { return hypercall(set_debugreg, n, value); }

void test_main(void)
{
    struct trap seen;

    ktap_equal("dr0 is 0 at first", (uint64_t)get(0), 0);
    ktap_equal("dr6 has its constant bits", (uint64_t)get(6), 0xffff0ff0);
    ktap_equal("dr7 has its constant bit", (uint64_t)get(7), 0x400);
    for (unsigned int n = 0; n < 4; n++)
        expect("an address of ours", set(n, (uint64_t)&watched + n), 0);
    ktap_equal("reads back", (uint64_t)get(3), (uint64_t)&watched + 3);
    expect("an address of the hypervisor", set(0, HYPERVISOR_TEXT), -XEN_EPERM);
    expect("a non-canonical address", set(0, NON_CANONICAL), -XEN_EPERM);
    expect("dr4 cannot be set without CR4.DE", set(4, 0), 0);
    expect("dr8 does not exist", set(8, 0), -XEN_ENODEV);
    expect("nor to read", get(8), -XEN_ENODEV);
    expect("dr6 in the upper half", set(6, 1ul << 32), -XEN_EINVAL);
    expect("dr7 in the upper half", set(7, 1ul << 32), -XEN_EINVAL);
    expect("dr7 general detect is refused", set(7, 0x2400), -XEN_EPERM);
    set(0, (uint64_t)&watched);
    expect("watch writes of 8 bytes", set(7, 0x400 | 0x90000 | 2), 0);
    seen = TRY("movq $5, %0", : "=m"(watched) : : "memory");
    expect_trap("writing there traps", seen, 1, 0);
    ktap_equal("after the write", watched, 5);
    ktap_equal("dr6 says which", (uint64_t)get(6) & 0xf, 1);
    expect("dr6 can be cleared", set(6, 0xffff0ff0), 0);
    expect("and the breakpoint", set(7, 0x400), 0);
    expect_no_trap("which then does not trap", TRY("movq $6, %0", : "=m"(watched) : : "memory"));
}
