/* SPDX-License-Identifier: MIT */
/* console_io: write and read through the hypervisor's console. */
#include "guest.h"

void test_main(void)
{
    char buffer[16], text[] = "# written directly\n";

    ktap_equal("domain 0 finds no store page, as it is to make the store", start_info->store_mfn, 0);
    expect("write", hypercall(console_io, CONSOLEIO_write, sizeof(text) - 1, text), 0);
    expect("write nothing", hypercall(console_io, CONSOLEIO_write, 0, text), 0);
    ktap_ok("read gives at most what was typed", hypercall(console_io, CONSOLEIO_read, sizeof(buffer), buffer) >= 0);
    expect("read nothing", hypercall(console_io, CONSOLEIO_read, 0, buffer), 0);
    expect("an unknown sub-op", hypercall(console_io, 77, 1, buffer), -XEN_ENOSYS);
    expect("write from the hypervisor's memory", hypercall(console_io, CONSOLEIO_write, 16, HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("write from an unmapped address", hypercall(console_io, CONSOLEIO_write, 16, UNMAPPED), -XEN_EFAULT);
    expect("write from a non-canonical address", hypercall(console_io, CONSOLEIO_write, 16, NON_CANONICAL), -XEN_EFAULT);
}
