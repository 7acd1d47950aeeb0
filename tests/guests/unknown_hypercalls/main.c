/* SPDX-License-Identifier: MIT */
/* Numbers that name no hypercall, through the page and through syscall. */
#include "guest.h"

static void number(const char *name, uint64_t nr, bool page)
{
    if (page)
        expect(name, hypercall_nr(nr, 0, 0, 0, 0, 0), -XEN_ENOSYS);
    else
        expect(name, hypercall_syscall(nr, 0, 0, 0), -XEN_ENOSYS);
}

void test_main(void)
{
    number("11, which is unused", 11, true);
    number("35 hole: 43", 43, true);
    number("54, an arch number without a call", 54, true);
    number("55, another", 55, true);
    number("63", 63, true);
    number("127, the page's last", 127, true);
    number("64 by syscall", 64, false);
    number("1000 by syscall", 1000, false);
    number("2^31 by syscall", 0x80000000u, false);
    number("2^32 - 1 by syscall", 0xffffffffu, false);
    number("2^63 by syscall", 1ul << 63, false);
    number("2^64 - 1 by syscall", ~0ul, false);
    number("a number whose low half is a call", 0x100000011ul, false);
}
