/* SPDX-License-Identifier: MIT */
/* See root_split.h. */
#include "machine/root_split.h"
#include "lib/string.h"
#include "machine/layout.h"
#include "machine/mitigations.h"
#include "machine/pcpu.h"
#include "machine/tlb.h"

#define OURS     256 /* slots of a root that are ours, from there */
#define OURS_END 272

/* It says whose it is before it is made: who changes the root from then on disowns it, and has this pcpu come again. */
uint64_t root_split_copy(void)
{
    struct pcpu *cpu = this_cpu();
    uint64_t root = cpu->cr3;
    const uint64_t *from = (uint64_t *)(DIRECT_MAP_BASE + root);
    struct root_copy *copy;
    uint64_t *to;

    for (unsigned int i = 0; i < ROOT_COPIES; i++)
        if (cpu->copies[i].of == root)
            return cpu->copies[i].root;
    copy = &cpu->copies[cpu->next_copy];
    to = (uint64_t *)(DIRECT_MAP_BASE + (copy->root & -4096ul));
    __atomic_store_n(&copy->of, root, __ATOMIC_SEQ_CST);
    memcpy(to, from, OURS * sizeof(*to));
    memcpy(to + OURS_END, from + OURS_END, (512 - OURS_END) * sizeof(*to));
    cpu->next_copy = (cpu->next_copy + 1) % ROOT_COPIES;
    return copy->root;
}

/* Who is disowned in guest mode leaves it for the flush; who is not in it finds that out on its way back there. */
void root_split_changed(uint64_t root)
{
    uint64_t pcpus = 0;

    if (!mitigations.split)
        return;
    for (uint32_t n = 0; n < pcpu_count; n++)
        for (unsigned int i = 0; i < ROOT_COPIES; i++) {
            volatile uint64_t *of = &pcpu_of(n)->copies[i].of;
            uint64_t its = root;

            if (__atomic_compare_exchange_n(of, &its, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
                pcpus |= 1ul << n;
        }
    tlb_flush_mask(pcpus);
}
