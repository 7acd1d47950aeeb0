/* SPDX-License-Identifier: MIT */
/*
 * What a CPU with PCIDs may still know when a root is loaded. It forgets what it is told to and nothing else, which no
 * emulator does: of each PCID the test keeps whose translations it has, and since when.
 */
#include "unit.h"
#include "machine/cpu.h"
#include "machine/insn.h"
#include "machine/pcpu.h"
#include "machine/tlb.h"
#include <stdlib.h>

uint64_t cpu_features, pcpu_online_mask = 1;
uint32_t pcpu_count = 1;

static struct pcpu cpu;
static struct {
    uint64_t root, since;
} known[4096];
static uint64_t now, cr3, asked; /* asked: when all that was known had to be forgotten */
static unsigned int forgotten;

struct pcpu *this_cpu(void)
{
    return &cpu;
}

struct pcpu *pcpu_of(uint32_t n UNUSED)
{
    return &cpu;
}

void apic_send(uint32_t apic_id UNUSED, uint32_t what UNUSED)
{
    fail();
}

uint64_t read_cr3(void)
{
    return cr3;
}

void invlpg(uint64_t va UNUSED)
{
    known[cr3 & 4095].since = ++now; /* of the PCID that is loaded; the others know it still */
}

void write_cr3(uint64_t value)
{
    unsigned int pcid = value & 4095;
    uint64_t root = value & ~CR3_KEEP & -4096ul;

    if (!cpu_has(CPU_PCID))
        assert_int_equal(value, root);
    if (value & CR3_KEEP) {
        assert_int_equal(known[pcid].root, root);
        assert_true(known[pcid].since > asked);
    } else {
        known[pcid].root = root;
        known[pcid].since = ++now;
        forgotten++;
    }
    cr3 = value & ~CR3_KEEP;
}

/* entry/root_split.S */
static void trip_to_guest(void)
{
    struct root_copy *copy = NULL;

    for (unsigned int i = 0; i < ROOT_COPIES; i++)
        if (cpu.copies[i].of == cpu.cr3)
            copy = &cpu.copies[i];
    if (copy) {
        write_cr3(copy->root | cpu.again);
    } else { /* root_split_copy() */
        copy = &cpu.copies[cpu.next_copy];
        cpu.next_copy ^= 1;
        copy->of = cpu.cr3;
        write_cr3(copy->root);
    }
    write_cr3(cpu.cr3 | cpu.again);
}

static void start(bool pcid)
{
    cpu_features = pcid ? 1ul << CPU_PCID : 0;
    memset(&cpu, 0, sizeof(cpu));
    memset(known, 0, sizeof(known));
    for (unsigned int i = 0; i < ROOT_COPIES; i++)
        cpu.copies[i].root = (100 + i) * 4096 | (pcid ? TLB_PCID_COPY(i) : 0);
    asked = ++now;
    tlb_load_root(4096, true);
}

static void switch_to(uint64_t root, bool kernel) /* as mode_switch() */
{
    if (cpu.cr3 == root)
        return;
    if (cpu_has(CPU_PCID))
        tlb_switch_root(&cpu, root, kernel);
    else
        tlb_load_root_on(&cpu, root);
}

static void step(unsigned int what)
{
    uint64_t root = (1 + what / 8 % 4) * 4096, stamp = cpu.tlb_stamp;
    bool kernel = what / 64 % 2, flushes = what % 8 < 2;

    if (what % 8 < 3)
        asked = ++now;
    switch (what % 8) {
    case 0:
        tlb_flush_local();
        break;
    case 1:
        tlb_load_root(root, kernel);
        break;
    case 2:
        tlb_flush_page_local(4096);
        break;
    case 3:
    case 4:
        trip_to_guest();
        break;
    default:
        switch_to(root, kernel);
    }
    assert_int_equal(cr3 & -4096ul, cpu.cr3);
    assert_true(known[cr3 & 4095].since > asked);
    assert_true(cpu.tlb_stamp > stamp || !flushes);
}

static void test_nothing_stale(void **state)
{
    (void)state;
    for (unsigned int pcid = 0; pcid < 2; pcid++) {
        start(pcid);
        srandom(7);
        for (unsigned int i = 0; i < 200000; i++)
            step((unsigned int)random());
    }
}

static void test_kept_over_system_calls(void **state)
{
    (void)state;
    for (unsigned int split = 0; split < 2; split++) {
        start(true);
        for (unsigned int i = 0; i < 100; i++) {
            if (i == 2)
                forgotten = 0;
            switch_to(8192, false);
            if (split)
                trip_to_guest();
            switch_to(4096, true);
            if (split)
                trip_to_guest();
        }
        assert_int_equal(forgotten, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_stale),
        cmocka_unit_test(test_kept_over_system_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
