/* SPDX-License-Identifier: MIT */
/* See smp.h. One pcpu is started at a time, so what the trampoline needs to know is in plain
 * variables. */
#include "machine/smp.h"
#include "machine/apic.h"
#include "machine/clock.h"
#include "machine/ipi.h"

/* Read by trampoline.S. */
uint64_t smp_root, smp_stack, smp_entry;

bool smp_start(uint32_t cpu, uint32_t apic_id, uint64_t trampoline, uint64_t root,
               void (*entry)(void))
{
    struct pcpu *p = pcpu_of(cpu);

    p->id = cpu;
    p->apic_id = apic_id;
    smp_root = root;
    smp_stack = (uint64_t)p;
    smp_entry = (uint64_t)entry;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    apic_send(apic_id, APIC_INIT);
    clock_delay_us(10000);
    for (unsigned int attempt = 0; attempt < 2 && !read_once(p->online); attempt++) {
        apic_send(apic_id, APIC_STARTUP | (uint32_t)(trampoline >> 12));
        for (unsigned int wait = 0; wait < (attempt ? 10000 : 200) && !read_once(p->online); wait++)
            clock_delay_us(100);
    }
    return read_once(p->online);
}

void smp_online(void)
{
    __atomic_fetch_or(&pcpu_online_mask, 1ul << this_cpu()->id, __ATOMIC_SEQ_CST);
    __atomic_store_n(&this_cpu()->online, true, __ATOMIC_RELEASE);
}
