/* SPDX-License-Identifier: MIT */
/* See pcpu.h. */
#include "machine/pcpu.h"
#include "machine/apic.h"
#include "machine/insn.h"

uint64_t pcpu_online_mask = 1;
uint32_t pcpu_count = 1;

void pcpu_kick(uint32_t cpu)
{
    apic_send(pcpu_of(cpu)->apic_id, VECTOR_RESCHED);
}

bool preempt_check(void)
{
    const struct pcpu *p = this_cpu();

    interrupts_window();
    return p->need_resched || p->timer_fired;
}
