/* SPDX-License-Identifier: MIT
 * The list of families, and the few helpers every test uses. */
#include "selftest/test.h"

#include "lib/format.h"
#include "lib/print.h"

static const struct test *const families[] = {
    paging_tests, attack_tests, trap_tests,  event_tests,      timer_tests, sched_tests,
    vcpu_tests,   memory_tests, grant_tests, descriptor_tests, call_tests,  io_tests,
    privileged_tests,
};

__attribute__((aligned(PAGE_SIZE))) char test_window[PAGE_SIZE];

bool selftest_run(unsigned index, struct test_info *info, bool run)
{
    for (unsigned f = 0; f < sizeof(families) / sizeof(families[0]); f++)
        for (const struct test *t = families[f]; t->name; t++)
            if (!index--) {
                string_copy(info->name, t->name, sizeof(info->name));
                info->passed = 1;
                if (run)
                    t->run(info);
                return true;
            }
    return false;
}

static bool fail(struct test_info *t, const char *what, int64_t got, const char *relation,
                 int64_t value)
{
    if (t->passed)
        format_buffer(t->why, sizeof(t->why), "%s is %ld (0x%lx), %s %ld (0x%lx)", what, got, got,
                      relation, value, value);
    t->passed = 0;
    return false;
}

bool check(struct test_info *t, const char *what, int64_t got, int64_t want)
{
    return got == want || fail(t, what, got, "not", want);
}

bool check_not(struct test_info *t, const char *what, int64_t got, int64_t unwanted)
{
    return got != unwanted || fail(t, what, got, "and should not be", unwanted);
}

uint64_t test_entry(const void *va)
{
    uint64_t pfn = kernel_root.kernel_pfn;
    unsigned index = (uint64_t)va >> 39 & 511;

    for (unsigned level = 3; level; level--) {
        pfn = pte_frame(((pte_t *)frame_address(pfn))[index]);
        index = (uint64_t)va >> (3 + 9 * level) & 511;
    }
    return test_table_address(pfn, index);
}

uint64_t test_table_address(uint64_t pfn, unsigned index)
{
    return pfn_to_mfn(pfn) << PAGE_SHIFT | index * 8UL;
}

long test_window_map(uint64_t pte)
{
    return HYPERVISOR_update_va_mapping((uint64_t)test_window, pte, UVMF_INVLPG | UVMF_ALL);
}

void test_window_close(void)
{
    if (test_window_map(pte_make(image_pfn(test_window), TEST_RW)))
        panic("the test window cannot be closed");
}

long test_update(uint64_t ptr, uint64_t value)
{
    struct mmu_update u = {ptr, value};

    return HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF);
}

long test_extended(unsigned cmd, uint64_t arg1, uint64_t arg2)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = arg1, .arg2.nr_ents = (unsigned)arg2};

    return HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
}
