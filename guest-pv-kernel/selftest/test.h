/* SPDX-License-Identifier: MIT
 * What the test files share. A test is a function with a stable name; CHECK remembers the first
 * thing that was not as it should be. Tests run in the kernel, in the process that asked for them.
 * They leave the machine as they found it, and their outcome must not depend on whose hypervisor it
 * is. */
#ifndef SELFTEST_TEST_H
#define SELFTEST_TEST_H

#include "arch/expect.h"
#include "arch/paravirt.h"
#include "lib/string.h"
#include "memory/frame.h"
#include "process/process.h"
#include "selftest/selftest.h"

#include <xen/errno.h>

#define ERR(name) (-XEN_##name)

struct test {
    const char *name; /* family.claim */
    void (*run)(struct test_info *t);
};

/* Each file's tests, ended by a NULL name. */
extern const struct test paging_tests[], attack_tests[], trap_tests[], event_tests[], timer_tests[],
    sched_tests[], vcpu_tests[], memory_tests[], grant_tests[], descriptor_tests[], call_tests[],
    io_tests[], privileged_tests[];

bool check(struct test_info *t, const char *what, int64_t got, int64_t want);
bool check_not(struct test_info *t, const char *what, int64_t got, int64_t unwanted);
#define CHECK(got, want) check(t, #got, (int64_t)(got), (int64_t)(want))
#define CHECK_NOT(got, unwanted) check_not(t, #got, (int64_t)(got), (int64_t)(unwanted))
#define CHECK_TRUE(cond) check_not(t, #cond, (cond) ? 1 : 0, 0)

/* A page of the image that tests may map anything over; restored by test_window_close. */
extern char test_window[];
uint64_t test_entry(const void *va); /* machine address of its l1 entry */
long test_window_map(uint64_t pte);
void test_window_close(void);

long test_update(uint64_t ptr, uint64_t value); /* one mmu_update */
long test_extended(unsigned cmd, uint64_t arg1, uint64_t arg2);
uint64_t test_table_address(uint64_t pfn, unsigned index);

#define TEST_RW (PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define TEST_RO (PTE_P | PTE_A | PTE_D | PTE_NX)
#define TEST_TABLE (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)

#endif
