/* SPDX-License-Identifier: MIT */
/*
 * Two vcpus share an address space: after a flush on all, the other vcpu sees the new mapping, and a page
 * taken away faults there. (vcpus: 2)
 */
#include "guest.h"

static volatile uint64_t *page, seen, rounds, stop;

static void second(void)
{
    while (!stop) {
        seen = *page;
        rounds++;
    }
    stop = 2;
    for (;;)
        hypercall(sched_op, SCHEDOP_block);
}

static bool sees(uint64_t value)
{
    uint64_t from = rounds;

    (void)wait_for(&rounds, from + 2, 3000);
    return seen == value;
}

void test_main(void)
{
    uint64_t *a = page_alloc(), *b = page_alloc(), *entry, all = 3;
    struct mmuext_op op = {.cmd = MMUEXT_INVLPG_ALL};
    bool good = true;

    page = page_alloc();
    entry = pte_of((uint64_t)page, 1);
    *a = 'a';
    *b = 'b';
    expect("page a", va_map((uint64_t)page, pte_for(a, RO)), 0);
    expect("start vcpu 1", vcpu_start(1, second), 0);
    ktap_ok("it sees page a", wait_for(&rounds, 2, 3000) && sees('a'));
    expect("page b, flushed everywhere", hypercall(update_va_mapping, page, pte_for(b, RO), UVMF_INVLPG | UVMF_ALL), 0);
    ktap_ok("it sees page b", sees('b'));
    expect("page a, flushed on a set", hypercall(update_va_mapping, page, pte_for(a, RO), UVMF_TLB_FLUSH | (uint64_t)&all), 0);
    ktap_ok("it sees page a", sees('a'));
    for (unsigned int i = 0; i < 50; i++) {
        pte_write(virt_to_mfn(entry) * PAGE_SIZE + ((uint64_t)entry & 4095), pte_for(i & 1 ? a : b, RO));
        op.arg1.linear_addr = (uint64_t)page;
        hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
        good &= sees(i & 1 ? 'a' : 'b');
    }
    ktap_ok("fifty times, by mmu_update and invlpg_all", good);
    op.cmd = MMUEXT_TLB_FLUSH_ALL;
    pte_write(virt_to_mfn(entry) * PAGE_SIZE + ((uint64_t)entry & 4095), pte_for(b, RO));
    hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
    ktap_ok("and by tlb_flush_all", sees('b'));
    stop = 1;
    ktap_ok("vcpu 1 stops", wait_for(&stop, 2, 3000));
}
