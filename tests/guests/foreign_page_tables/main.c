/* SPDX-License-Identifier: MIT */
/*
 * A kernel in somebody else's style (at 1 MiB, own runtime, bare syscall) that attacks page-table validation through
 * the holes that PV hypervisors have had: superpage bits, flag-only updates that skip the checks, linear
 * tables, type confusion, the hypervisor's own slots, lists that run past their checked end. Every attack
 * must fail, and what could have been hit must be unchanged.
 */
#include <stdbool.h>
#include <stdint.h>
#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/errno.h>

#define P 1ul
#define RW 2ul
#define US 4ul
#define PSE 0x80ul
#define ALL (P | RW | US | 0x60)
#define M2P ((const volatile uint64_t *)0xffff800000000000ul)

void kernel(start_info_t *info);

static start_info_t *si;
static uint64_t *p2m;
static unsigned int count;
static uint64_t pages[16][512] __attribute__((aligned(4096)));

static long call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t r10 __asm__("r10") = d;

    __asm__ volatile("syscall" : "+a"(nr), "+D"(a), "+S"(b), "+d"(c), "+r"(r10) : : "rcx", "r11", "r8", "memory");
    return nr;
}

static void say(const char *text)
{
    uint64_t n = 0;

    while (text[n])
        n++;
    call(__HYPERVISOR_console_io, 0, n, (uint64_t)text, 0);
}

static void number(unsigned int n)
{
    char text[8] = "";
    int at = 6;

    do
        text[at--] = (char)('0' + n % 10);
    while (n /= 10);
    say(text + at + 1);
}

static void ok(const char *name, bool good)
{
    say(good ? "ok " : "not ok ");
    number(++count);
    say(" - ");
    say(name);
    say("\n");
}

static uint64_t mfn(const void *page) { return p2m[(uint64_t)page >> 12]; }
static uint64_t *table(uint64_t entry) { return (uint64_t *)(M2P[(entry & 0xffffffffff000) >> 12] << 12); }
static uint64_t address(const uint64_t *entry) { return mfn(entry) << 12 | ((uint64_t)entry & 4095); }

static long set(const uint64_t *entry, uint64_t value)
{
    struct mmu_update u = {address(entry), value};

    return call(__HYPERVISOR_mmu_update, (uint64_t)&u, 1, 0, DOMID_SELF);
}

static long ext(unsigned int cmd, uint64_t frame)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = frame};

    return call(__HYPERVISOR_mmuext_op, (uint64_t)&op, 1, 0, DOMID_SELF);
}

static long map(const void *page, uint64_t value)
{
    return call(__HYPERVISOR_update_va_mapping, (uint64_t)page, value, UVMF_INVLPG, 0);
}

static uint64_t *walk(uint64_t va, int level)
{
    uint64_t *t = (uint64_t *)si->pt_base;

    for (int at = 4; at > level; at--)
        t = table(t[va >> (12 + 9 * (at - 1)) & 511]);
    return &t[va >> (12 + 9 * (level - 1)) & 511];
}

/* The attack is an entry update that must be refused and leave the entry. */
static void attack(const char *name, uint64_t *entry, uint64_t value)
{
    uint64_t before = *entry;
    long rc = set(entry, value);

    ok(name, rc < 0 && *entry == before);
    if (rc >= 0)
        set(entry, before);
}

static void superpages(void)
{
    uint64_t *l2e = walk(0x100000, 2), *l3e = walk(0x100000, 3), *l4e = walk(0x100000, 4);
    uint64_t *free_l2e = walk(0x38000000, 2);
    uint64_t base = mfn(pages) << 12 & ~0x1ffffful;

    attack("superpage over our own memory", free_l2e, base | ALL | PSE);
    attack("superpage, read-only", free_l2e, base | P | US | PSE);
    attack("superpage of frame 0", free_l2e, ALL | PSE);
    attack("superpage with the PAT bit", free_l2e, base | ALL | PSE | 0x1000);
    attack("superpage bit added to a live l2e", l2e, *l2e | PSE);
    attack("superpage bit added to a live l3e", l3e, *l3e | PSE);
    attack("superpage bit added to a live l4e", l4e, *l4e | PSE);
    attack("reserved bits added to a live l2e", l2e, *l2e | 1ul << 51);
    attack("reserved bits added to a live l4e", l4e, *l4e | 1ul << 51);
    attack("global added to a live l4e", l4e, *l4e | 0x100);
}

static void flag_updates(void)
{
    uint64_t *l4 = (uint64_t *)si->pt_base, *root_l1e = walk(si->pt_base, 1);
    uint64_t *l3 = table(l4[0]), *l2 = table(l3[0]);
    uint64_t readonly = *root_l1e;
    struct mmu_update u = {address(root_l1e) | MMU_PT_UPDATE_PRESERVE_AD, readonly | RW};

    ok("the boot maps its root read-only", !(readonly & RW));
    attack("writable bit for the root's mapping", root_l1e, readonly | RW);
    ok("the same by update_va_mapping", map(l4, readonly | RW) < 0 && *root_l1e == readonly);
    ok("the same, keeping A and D", call(__HYPERVISOR_mmu_update, (uint64_t)&u, 1, 0, DOMID_SELF) < 0 &&
                                        *root_l1e == readonly);
    (void)set(&l4[300], mfn(l4) << 12 | P | US);
    attack("linear l4 slot, then writable", &l4[300], mfn(l4) << 12 | ALL);
    (void)set(&l4[300], 0);
    (void)set(&l3[300], mfn(l3) << 12 | P | US);
    attack("linear l3 slot, then writable", &l3[300], mfn(l3) << 12 | ALL);
    (void)set(&l3[300], 0);
    (void)set(&l2[300], mfn(l2) << 12 | P | US);
    attack("linear l2 slot, then writable", &l2[300], mfn(l2) << 12 | ALL);
    (void)set(&l2[300], 0);
    attack("an l2 as an l1", &l2[301], mfn(l2) << 12 | ALL);
    attack("an l3 as an l1", &l2[301], mfn(l3) << 12 | ALL);
    attack("the root as an l1", &l2[301], mfn(l4) << 12 | ALL);
    attack("the root as an l2", &l3[301], mfn(l4) << 12 | ALL);
}

static void hypervisor_slots(void)
{
    uint64_t *l4 = (uint64_t *)si->pt_base, *l1e = walk((uint64_t)pages[0], 1);
    uint64_t theirs = l4[256] & P ? l4[256] : 0x200000 | P;

    attack("clear a hypervisor slot", &l4[256], l4[256] ^ P ? 0 : 1);
    attack("our l3 into a hypervisor slot", &l4[258], l4[0]);
    attack("into the last one", &l4[271], l4[0]);
    attack("a hypervisor table into a slot of ours", &l4[300], theirs | RW | US);
    attack("a hypervisor table as memory", l1e, (theirs & 0xffffffffff000) | ALL);
    ok("update_va_mapping of the hypervisor's text",
       map((void *)0xffff810000000000ul, mfn(pages) << 12 | ALL) < 0);
    ok("update_va_mapping of the direct map", map((void *)0xffff830000000000ul, mfn(pages) << 12 | ALL) < 0);
    ok("unpinning nothing", ext(MMUEXT_UNPIN_TABLE, mfn(pages)) < 0);
}

static void type_confusion(void)
{
    uint64_t *a = pages[1], *b = pages[2], *c = pages[3];
    uint64_t frames[1] = {mfn(a)};

    a[0] = mfn(b) << 12 | ALL;
    ok("pin while mapped writable", ext(MMUEXT_PIN_L1_TABLE, mfn(a)) < 0);
    ok("map read-only", map(a, mfn(a) << 12 | P | US) == 0);
    ok("a second, writable mapping", map(c, mfn(a) << 12 | ALL) == 0);
    ok("pin while the second mapping lasts", ext(MMUEXT_PIN_L1_TABLE, mfn(a)) < 0);
    ok("as a root", ext(MMUEXT_NEW_BASEPTR, mfn(a)) < 0);
    ok("as a descriptor table", call(__HYPERVISOR_set_gdt, (uint64_t)frames, 512, 0, 0) < 0);
    ok("take it away", map(c, mfn(c) << 12 | ALL) == 0);
    ok("now it pins", ext(MMUEXT_PIN_L1_TABLE, mfn(a)) == 0);
    ok("but not as l2 too", ext(MMUEXT_PIN_L2_TABLE, mfn(a)) < 0);
    ok("nor as a descriptor table", call(__HYPERVISOR_set_gdt, (uint64_t)frames, 512, 0, 0) < 0);
    ok("nor mapped writable elsewhere", map(c, mfn(a) << 12 | ALL) < 0);
    attack("an entry to itself, writable", &a[1], mfn(a) << 12 | ALL);
    ok("an entry to itself, read-only", set(&a[1], mfn(a) << 12 | P | US) == 0);
    attack("and then writable", &a[1], mfn(a) << 12 | ALL);
    ok("unpin", ext(MMUEXT_UNPIN_TABLE, mfn(a)) == 0);
    ok("unpin again", ext(MMUEXT_UNPIN_TABLE, mfn(a)) < 0);
    ok("an ordinary page again", map(a, mfn(a) << 12 | ALL) == 0);
}

/* The list's start is checked, and then indexed with nr_exchanged: the sum must be checked as well. */
static void exchange_past_the_list(void)
{
    uint64_t target = 0xffff800000000000ul + 8 * mfn(pages[4]), before = M2P[mfn(pages[4])];
    uint64_t done = (target - 0x10000000) / 8, in = (uint64_t)pages[5] - done * 8;
    struct xen_memory_exchange x = {
        .in = {.nr_extents = done + 1, .domid = DOMID_SELF},
        .out = {.nr_extents = done + 1, .domid = DOMID_SELF},
        .nr_exchanged = done,
    };

    pages[5][0] = mfn(pages[6]);
    set_xen_guest_handle(x.in.extent_start, (xen_pfn_t *)in);
    set_xen_guest_handle(x.out.extent_start, (xen_pfn_t *)0x10000000);
    map(pages[6], 0);
    ok("exchange whose output lies in the M2P", call(__HYPERVISOR_memory_op, XENMEM_exchange, (uint64_t)&x, 0, 0) < 0);
    ok("which is unchanged", M2P[mfn(pages[4])] == before);
}

/* An l2 tree built by hand, broken deep inside: nothing of it may stay a page table. */
static void broken_tree(void)
{
    uint64_t *l1 = pages[7], *l2 = pages[8], *l3 = pages[9], *l4 = pages[10];

    l1[5] = mfn(si->pt_base ? (void *)si->pt_base : 0) << 12 | ALL;
    l2[0] = mfn(l1) << 12 | ALL;
    l3[0] = mfn(l2) << 12 | ALL;
    l4[0] = mfn(l3) << 12 | ALL;
    for (int i = 7; i <= 10; i++)
        map(pages[i], mfn(pages[i]) << 12 | P | US);
    ok("a tree whose l1 maps the root writable", ext(MMUEXT_PIN_L4_TABLE, mfn(l4)) < 0);
    ok("as a root without pinning", ext(MMUEXT_NEW_BASEPTR, mfn(l4)) < 0);
    ok("as a user root", ext(MMUEXT_NEW_USER_BASEPTR, mfn(l4)) < 0);
    for (int i = 7; i <= 10; i++)
        ok("its pages are ordinary again", map(pages[i], mfn(pages[i]) << 12 | ALL) == 0);
    l4[0] = mfn(l4) << 12 | P | US;
    map(l4, mfn(l4) << 12 | P | US);
    (void)ext(MMUEXT_PIN_L4_TABLE, mfn(l4));
    (void)ext(MMUEXT_UNPIN_TABLE, mfn(l4));
    ok("a root that names itself can be let go", map(l4, mfn(l4) << 12 | ALL) == 0);
}

void kernel(start_info_t *info)
{
    struct sched_shutdown off = {SHUTDOWN_poweroff};

    si = info;
    p2m = (uint64_t *)info->mfn_list;
    superpages();
    flag_updates();
    hypervisor_slots();
    type_confusion();
    exchange_past_the_list();
    broken_tree();
    say("1..");
    number(count);
    say("\n");
    for (;;)
        call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (uint64_t)&off, 0, 0);
}
