/* SPDX-License-Identifier: MIT */
/* console_io: domain 0's console (others may write, too). The line itself is shared out by domain/console.c. */
#include "domain/console.h"
#include "pv/pv.h"

#define CHUNK 128u

static long console_write_from(uint64_t buffer, uint32_t count)
{
    char chunk[CHUNK];

    while (count) {
        uint32_t n = min(count, CHUNK);
        bool room;

        if (!guest_read(chunk, buffer, n))
            return refuse(guest_copy_efault_read, buffer, n);
        room = console_guest_write(current->domain, chunk, n);
        buffer += room ? n : 0;
        count -= room ? n : 0;
        /* No room on the line: the guest asks again, and the line drains while it does. */
        if (count && (preempt_check() || !room))
            return hypercall_continue(__HYPERVISOR_console_io, 3, CONSOLEIO_write, count, buffer);
    }
    return 0;
}

static long console_read_to(uint64_t buffer, uint32_t count)
{
    char chunk[CHUNK];
    uint32_t n = min(count, CHUNK);

    if (!current->domain->privileged)
        return refuse(console_io_eperm_read, current->domain->id);
    /* What is taken out must not be lost: the buffer is tried first. */
    if (!guest_read(chunk, buffer, n) || !guest_write(buffer, chunk, n))
        return refuse(guest_copy_efault_write, buffer, n);
    n = (uint32_t)console_guest_read(chunk, n);
    return guest_write(buffer, chunk, n) ? (long)n : refuse(guest_copy_efault_write, buffer, n);
}

long hc_console_io(uint64_t cmd, uint64_t count, uint64_t buffer)
{
    switch ((uint32_t)cmd) {
    case CONSOLEIO_write:
        return console_write_from(buffer, (uint32_t)count);
    case CONSOLEIO_read:
        return console_read_to(buffer, (uint32_t)count);
    default:
        return refuse(console_io_enosys_unknown_op, (uint32_t)cmd);
    }
}
