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

static struct {
    uint64_t low, high;
} idt[256] ALIGNED(4096);

void idt_set(uint8_t vector, const void *handler, unsigned int ist, unsigned int dpl)
{
    uint64_t h = (uint64_t)handler;

    idt[vector].high = h >> 32;
    idt[vector].low = (h & 0xffff) | (uint64_t)SEL_CS64 << 16 | (uint64_t)ist << 32 | 0xeul << 40 |
                      (uint64_t)dpl << 45 | 1ul << 47 | (h >> 16 & 0xffff) << 48;
}

void idt_init(const char *stubs)
{
    static const uint8_t ists[32] = {[1] = IST_DEBUG, [2] = IST_NMI, [8] = IST_DOUBLE_FAULT, [18] = IST_MACHINE};

    for (unsigned int v = 0; v < 256; v++)
        idt_set((uint8_t)v, stubs + v * IDT_STUB_SIZE, v < 32 ? ists[v] : 0,
                v == 3 || v == 4 ? 3 : 0);
    idt_load();
}

void idt_load(void)
{
    struct table_register idtr = {sizeof(idt) - 1, (uint64_t)idt};

    lidt(&idtr);
}

void idt_interrupt(unsigned int vector)
{
    switch (vector) {
    case VECTOR_TIMER:
        this_cpu()->timer_fired = true;
        break;
    case VECTOR_RESCHED: /* to have left the guest is all that was asked */
        break;
    case VECTOR_FLUSH:
        tlb_serve();
        break;
    case VECTOR_SERIAL:
        console_service();
        break;
    case VECTOR_SPURIOUS: /* is not in service: no acknowledgement */
        return;
    default:
        log_debug("interrupt of nobody: vector %u", vector);
        break;
    }
    apic_eoi();
}
