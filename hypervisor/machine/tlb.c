/* SPDX-License-Identifier: MIT */
/*
 * See tlb.h. A request is a number: the target's `wanted` is raised, and the requester waits until
 * `done` has come up to it. The target answers by one full flush for all requests posted before,
 * whether it takes the interrupt or finds the request while it spins. So requests need no lock and
 * no queue.
 */
#include "machine/tlb.h"
#include "lib/bits.h"
#include "machine/apic.h"
#include "machine/insn.h"
#include "machine/pcpu.h"
#include "machine/spinlock.h"

volatile uint64_t tlb_clock = 1;

static struct {
    volatile uint32_t wanted, done;
} ALIGNED(64) inbox[PCPU_MAX];

static inline void tlb_stamp(void)
{
    this_cpu()->tlb_stamp = __atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);
}

uint64_t tlb_stale(uint64_t since)
{
    uint64_t stale = 0;

    for (uint32_t cpu = 0; cpu < pcpu_count; cpu++) {
        if (pcpu_of(cpu)->tlb_stamp <= since)
            stale |= 1ul << cpu;
    }
    return stale & pcpu_online_mask;
}

void tlb_load_root(uint64_t root)
{
    tlb_load_root_on(this_cpu(), root);
}

void tlb_flush_local(void)
{
    tlb_stamp();
    write_cr3(read_cr3());
}

void tlb_flush_page_local(uint64_t va)
{
    invlpg(va);
}

void tlb_serve(void)
{
    uint32_t cpu = this_cpu()->id, wanted = __atomic_load_n(&inbox[cpu].wanted, __ATOMIC_ACQUIRE);

    if (wanted == inbox[cpu].done)
        return;
    tlb_flush_local();
    __atomic_store_n(&inbox[cpu].done, wanted, __ATOMIC_RELEASE);
}

/* Not for an NMI, which has a stack of its own: what it interrupted may be about to use what a request takes away. */
void spin_poll(void)
{
    pause();
    if (((uint64_t)__builtin_frame_address(0) & (PCPU_REGION_SIZE - 1)) >= PCPU_MAIN_STACK * 4096)
        tlb_serve();
}

static __attribute__((noinline)) void flush_remote(uint64_t mask)
{
    uint32_t ticket[PCPU_MAX];

    for (uint64_t rest = mask; rest; rest &= rest - 1) {
        uint32_t cpu = bit_lowest(rest);

        ticket[cpu] = __atomic_add_fetch(&inbox[cpu].wanted, 1, __ATOMIC_SEQ_CST);
        apic_send(pcpu_of(cpu)->apic_id, VECTOR_FLUSH);
    }
    for (uint64_t rest = mask; rest; rest &= rest - 1) {
        uint32_t cpu = bit_lowest(rest);

        while ((int32_t)(__atomic_load_n(&inbox[cpu].done, __ATOMIC_ACQUIRE) - ticket[cpu]) < 0)
            spin_poll();
    }
}

static inline void flush_others(uint64_t mask)
{
    mask &= pcpu_online_mask & ~(1ul << this_cpu()->id);
    if (unlikely(mask))
        flush_remote(mask);
}

void tlb_flush_mask(uint64_t pcpu_mask)
{
    if (pcpu_mask >> this_cpu()->id & 1)
        tlb_flush_local();
    flush_others(pcpu_mask);
}

void tlb_flush_page_mask(uint64_t pcpu_mask, uint64_t va)
{
    if (pcpu_mask >> this_cpu()->id & 1)
        tlb_flush_page_local(va);
    flush_others(pcpu_mask);
}
