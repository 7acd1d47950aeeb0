/* SPDX-License-Identifier: MIT */
/* See selfcheck.h. Each check must end in a panic with the right name in it; coming back is the
 * failure. */
#include "boot/selfcheck.h"
#include "lib/parse.h"
#include "machine/copy.h"
#include "machine/insn.h"
#include "machine/ipi.h"
#include "machine/panic.h"
#include "machine/printk.h"
#include "machine/tlb.h"
#include "memory/m2p.h"

extern char image_start[];

/* Overflows the main stack into its guard page. */
static unsigned long __attribute__((noinline)) selfcheck_guard_depth(unsigned long n)
{
    static volatile bool enough;
    volatile unsigned long frame[64];

    frame[n % 64] = n;
    if (enough)
        return n;
    return selfcheck_guard_depth(n + 1) + frame[n % 64];
}

static void selfcheck_guard(UNUSED uint64_t address)
{
    selfcheck_guard_depth(0);
}

static void selfcheck_call(uint64_t address)
{
    ((void (*)(void))address)();
}

static void selfcheck_write(uint64_t address)
{
    *(volatile uint64_t *)address = 0;
}

static void selfcheck_panic(UNUSED uint64_t address)
{
    panic("asked for by selfcheck=panic");
}

/* The one that comes back: faults that are expected, and flushes on all pcpus. */
static void selfcheck_pass(UNUSED uint64_t address)
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

static const struct {
    const char *name;
    void (*run)(uint64_t address);
    uint64_t address;
} checks[] = {
    {"guard", selfcheck_guard, 0},
    {"nx", selfcheck_call, (uint64_t)data},
    {"ro", selfcheck_write, (uint64_t)image_start},
    {"alias", selfcheck_write, DIRECT_MAP_BASE - HYPERVISOR_BASE + (uint64_t)image_start},
    {"m2p", selfcheck_write, M2P_BASE},
    {"null", selfcheck_write, 8},
    {"panic", selfcheck_panic, 0},
    {"pass", selfcheck_pass, 0},
};

void selfcheck_run(const char *cmdline)
{
    struct parse_token word;

    while (parse_next(&cmdline, &word)) {
        if (!parse_equal(word.key, "selfcheck"))
            continue;
        for (unsigned int i = 0; i < ARRAY_SIZE(checks); i++) {
            if (!parse_equal(word.value, checks[i].name))
                continue;
            printk("selfcheck: %s", checks[i].name);
            checks[i].run(checks[i].address);
            if (checks[i].run != selfcheck_pass)
                panic("selfcheck: %s was not stopped", checks[i].name);
        }
    }
}
