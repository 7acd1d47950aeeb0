/* SPDX-License-Identifier: MIT */
/* See selfcheck.h. Each check must end in a panic that names what was broken; coming back is the failure. */
#include "boot/selfcheck.h"
#include "machine/copy.h"
#include "machine/pcpu.h"
#include "machine/panic.h"
#include "machine/printk.h"
#include "machine/tlb.h"

extern char image_start[];

/* Overflows the main stack into its guard page. */
static void __attribute__((noinline)) check_guard(uint64_t n)
{
    static volatile bool enough;
    volatile uint64_t frame[64];

    frame[n % 64] = n;
    if (!enough)
        check_guard(n + 1);
    (void)frame[n % 64]; /* something left to do makes it a call, not a loop */
}

static void check_call(uint64_t address)
{
    ((void (*)(void))address)();
}

static void check_write(uint64_t address)
{
    *(volatile uint64_t *)address = 0;
}

static void check_panic(UNUSED uint64_t n)
{
    panic("asked for by selfcheck=panic");
}

/* The one that comes back: faults that are expected, and flushes on all pcpus. */
static void check_pass(UNUSED uint64_t n)
{
    uint64_t v = 0;
    uint8_t buf[24];

    panic_unless(!copy_get_u64(&v, 0x1000));
    panic_unless(!copy_put_u32(0x1000, 1));
    panic_unless(copy_from_user_raw(buf, (void *)0x1000, sizeof(buf)) == sizeof(buf));
    panic_unless(copy_from_user_raw(buf, image_start, sizeof(buf)) == 0);
    panic_unless(!load_gs_safe(0x18));
    for (unsigned int i = 0; i < 1000; i++)
        tlb_flush_mask(~0ul);
    printk("selfcheck: faults are caught, %u pcpus flush", pcpu_count);
}

static uint8_t data[8] = {0xc3}; /* RET */

/* In the order of SELFCHECK_WORDS. */
static const struct {
    void (*run)(uint64_t argument);
    uint64_t argument;
} checks[] = {
    {NULL, 0},
    {check_guard, 0},
    {check_call, (uint64_t)data},
    {check_write, (uint64_t)image_start},
    {check_write, DIRECT_MAP_BASE - HYPERVISOR_BASE + (uint64_t)image_start},
    {check_write, M2P_BASE},
    {check_write, 8},
    {check_panic, 0},
    {check_pass, 0},
};
static_assert(ARRAY_SIZE(checks) == SELFCHECKS, "one for each word");

void selfcheck_run(uint64_t check)
{
    if (!checks[check].run)
        return;
    checks[check].run(checks[check].argument);
    if (checks[check].run != check_pass)
        panic("selfcheck: what was broken was not stopped");
}
