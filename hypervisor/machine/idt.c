/* SPDX-License-Identifier: MIT */
/* See idt.h. */
#include "machine/idt.h"
#include "machine/apic.h"
#include "machine/insn.h"
#include "machine/layout.h"
#include "machine/pcpu.h"
#include "machine/printk.h"
#include "machine/segments.h"
#include "machine/tlb.h"

struct idt_gate idt[256] ALIGNED(4096);

void idt_init(const char *stubs)
{
    static const uint8_t ists[256] = {[1] = IST_DEBUG, [2] = IST_NMI, [8] = IST_DOUBLE_FAULT, [18] = IST_MACHINE};
    static const uint8_t dpls[256] = {[3] = 3, [4] = 3, [0x80] = 3};

    for (unsigned int v = 0; v < 256; v++) {
        uint64_t stub = (uint64_t)stubs + v * IDT_STUB_SIZE;

        idt[v].high = stub >> 32;
        idt[v].low = (stub & 0xffff) | (uint64_t)SEL_CS64 << 16 | (uint64_t)ists[v] << 32 | 0x8eul << 40 |
                     (uint64_t)dpls[v] << 45 | (stub >> 16 & 0xffff) << 48;
    }
    idt_load();
}

void idt_load(void)
{
    struct table_register idtr = {sizeof(idt) - 1, (uint64_t)idt};

    lidt(&idtr);
}

void idt_interrupt(unsigned int vector)
{
    if (vector == VECTOR_SPURIOUS)
        return; /* is not in service: no acknowledgement */
    if (vector == VECTOR_TIMER)
        this_cpu()->timer_fired = true;
    else if (vector == VECTOR_FLUSH)
        tlb_serve();
    else if (vector == VECTOR_SERIAL)
        console_service();
    else if (vector != VECTOR_RESCHED) /* for which to have left the guest is all that was asked */
        log_debug("interrupt of nobody: vector %u", vector);
    apic_eoi();
}
