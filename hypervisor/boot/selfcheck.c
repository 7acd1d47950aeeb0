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

static void selfcheck_guard(void)
{
    selfcheck_guard_depth(0);
}

/* Executes data. */
static void selfcheck_nx(void)
{
    static uint8_t code[] = {0xc3};

    ((void (*)(void))code)();
}

/* Writes to text. */
static void selfcheck_ro(void)
{
    *(volatile char *)image_start = 0;
}

/* Writes to text through the direct map. */
static void selfcheck_alias(void)
{
    *(volatile char *)(DIRECT_MAP_BASE + ((uint64_t)image_start - HYPERVISOR_BASE)) = 0;
}

/* Writes to the M2P where guests read it. */
static void selfcheck_m2p(void)
{
    *(volatile uint64_t *)M2P_TABLE = 0;
}

static void selfcheck_null(void)
{
    static volatile char *volatile nowhere = (char *)8;

    *nowhere = 0;
}

static void selfcheck_panic(void)
{
    panic("asked for by selfcheck=panic");
}

/* The one that comes back: faults that are expected, and flushes on all pcpus. */
static void selfcheck_pass(void)
{
    uint64_t v = 0;
    uint8_t buf[24];

    panic_unless(!copy_get_u64(&v, 0x1000));
    panic_unless(!copy_put_u32(0x1000, 1));
    panic_unless(copy_from_user_raw(buf, (void *)0x1000, sizeof(buf)) == sizeof(buf));
    panic_unless(copy_from_user_raw(buf, image_start, sizeof(buf)) == 0);
    panic_unless(!xsetbv_safe(0, 0)); /* TCG lets every RDMSR pass */
    panic_unless(!load_gs_safe(0x18));
    for (unsigned int i = 0; i < 1000; i++)
        tlb_flush_mask(~0ul);
    printk("selfcheck: faults are caught, %lu pcpus flush", (unsigned long)pcpu_count);
}

static const struct {
    const char *name;
    void (*run)(void);
} checks[] = {
    {"guard", selfcheck_guard}, {"nx", selfcheck_nx},     {"ro", selfcheck_ro},
    {"alias", selfcheck_alias}, {"m2p", selfcheck_m2p},   {"null", selfcheck_null},
    {"panic", selfcheck_panic}, {"pass", selfcheck_pass},
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
            checks[i].run();
            if (checks[i].run != selfcheck_pass)
                panic("selfcheck: %s was not stopped", checks[i].name);
        }
    }
}
