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
#include "machine/cpu.h"
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

/* Where it is called it is called last: so it costs functions no register where there are no PCIDs. */
static __attribute__((noinline, cold)) void forget_others(void)
{
    struct pcpu *this = this_cpu();

    for (unsigned int kernel = 0; kernel < 2; kernel++)
        if (this->again != (CR3_KEEP | TLB_PCID(kernel)))
            this->kept[kernel] = 0;
    for (unsigned int i = 0; i < ROOT_COPIES; i++)
        this->copies[i].of = 0;
}

static ALWAYS_INLINE void keep_no_other(void)
{
    if (unlikely(cpu_has(CPU_PCID)))
        forget_others();
}

void tlb_keep_no_other(void)
{
    keep_no_other();
}

void tlb_load_root(uint64_t root, bool kernel)
{
    struct pcpu *this = this_cpu();

    if (likely(!cpu_has(CPU_PCID))) {
        tlb_load_root_on(this, root);
        return;
    }
    tlb_stamp();
    this->kept[kernel] = 0;
    tlb_switch_root(this, root, kernel);
    keep_no_other();
}

void tlb_flush_local(void)
{
    tlb_stamp();
    write_cr3(read_cr3());
    keep_no_other();
}

void tlb_flush_page_local(uint64_t va)
{
    invlpg(va);
    keep_no_other();
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

static ALWAYS_INLINE void flush_others(uint64_t mask)
{
    mask &= pcpu_online_mask & ~(1ul << this_cpu()->id);
    if (unlikely(mask))
        flush_remote(mask);
}

static __attribute__((noinline, cold)) void forget_and_flush_others(uint64_t mask)
{
    forget_others();
    flush_others(mask);
}

void tlb_flush_mask(uint64_t pcpu_mask)
{
    if (pcpu_mask >> this_cpu()->id & 1) {
        tlb_stamp();
        write_cr3(read_cr3());
        if (unlikely(cpu_has(CPU_PCID))) {
            forget_and_flush_others(pcpu_mask);
            return;
        }
    }
    flush_others(pcpu_mask);
}

void tlb_flush_page_mask(uint64_t pcpu_mask, uint64_t va)
{
    if (pcpu_mask >> this_cpu()->id & 1)
        tlb_flush_page_local(va);
    flush_others(pcpu_mask);
}
