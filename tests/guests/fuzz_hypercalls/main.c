/* SPDX-License-Identifier: MIT */
/*
 * A guest that means harm: hypercalls and emulated instructions with random and half-valid arguments, from all its
 * vcpus at once, most of them about an arena of pages that serve as data, page tables, descriptor tables and granted
 * frames by turns. Command line: seed= (what follows from it alone is the same each time), seconds= and calls= (what
 * comes first ends it), mask= (bit n: family n of the table below), players= (vcpus that do so, of no more than 4; they
 * start and stop those beyond). It passes if it lives; being killed for what it did is no failure of the hypervisor's
 * either. fuzz.h tells which part has what. (vcpus: 2) (role: hostile)
 */
#include "fuzz.h"

struct player players[VCPUS] page_aligned;
uint8_t grant_window[2 * PAGE_SIZE] page_aligned;
uint8_t ours[1ul << 17];
uint8_t arena[ARENA + 1][PAGE_SIZE] page_aligned;
uint64_t mfns[ARENA], max_mfn, shared_mfns[3];
unsigned int n_vcpus = 1;
domid_t own_domid;
struct trap_info traps[257];
static uint64_t deadline, calls_wanted, mask = ~0ul;
static volatile bool go;

static uint64_t tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* What is tried, and how often. The order is that of mask='s bits. */
static const struct {
    void (*attempt)(struct player *);
    unsigned int weight;
} families[] = {
    {do_store, 2},  {do_va_mapping, 3},  {do_mmu_update, 3}, {do_mmuext, 3},    {do_build, 4},       {do_memory, 2},
    {do_grants, 3}, {do_descriptors, 1}, {do_vcpu, 1},       {do_callbacks, 1}, {do_debugreg, 1},    {do_traps, 1},
    {do_any, 2},    {do_multicall, 1},   {do_events, 1},     {do_small, 1},     {do_instruction, 3}, {do_iret, 1},
};
#define WEIGHTS 34u

static unsigned int a_family(struct player *r)
{
    unsigned int left = random(r) % WEIGHTS, n = 0;

    while (left >= families[n].weight)
        left -= families[n++].weight;
    return n;
}

void player_run(struct player *r)
{
    while (!go)
        hypercall(sched_op, SCHEDOP_yield);
    while (r->calls < calls_wanted && tsc() < deadline) {
        unsigned int n = a_family(r);

        if (mask & 1ul << n)
            families[n].attempt(r);
        memcpy(r->code + 2048, "\x0f\x0b", 2);
        if (one_in(r, 64)) { /* back to a sane state now and then */
            struct mmuext_op op = {.cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = virt_to_mfn(boot_root())};

            call(r, mmuext_op, &op, 1, 0, DOMID_SELF);
            call(r, set_debugreg, 7, 0);
        }
    }
    r->done = true;
    while (r->id)
        hypercall(vcpu_op, VCPUOP_down, r->id, 0);
}

static uint64_t argument(const char *name, uint64_t value)
{
    const char *text = guest_argument(name);

    for (value = text ? 0 : value; text && *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

static void start_players(uint64_t seed, uint64_t wanted)
{
    static struct vcpu_guest_context context;

    for (unsigned int i = 0; i < VCPUS && i < wanted; i++) {
        players[i].id = i;
        players[i].random = seed * 1000 + i;
        if (!i || hypercall(vcpu_op, VCPUOP_is_up, i, 0) < 0)
            continue;
        vcpu_context(&context, NULL, 0);
        context.user_regs.rip = (uint64_t)guard_vcpu;
        context.user_regs.rdi = (uint64_t)&players[i];
        context.user_regs.rsp = (uint64_t)players[i].scratch;
        if (hypercall(vcpu_op, VCPUOP_initialise, i, &context) || hypercall(vcpu_op, VCPUOP_up, i, 0))
            break;
        n_vcpus = i + 1;
    }
}

static uint64_t hertz(void)
{
    const volatile struct vcpu_time_info *t = &vcpu0()->time;
    uint64_t hz = (1000000000ul << 32) / t->tsc_to_system_mul;

    return t->tsc_shift < 0 ? hz << -t->tsc_shift : hz >> t->tsc_shift;
}

void test_main(void)
{
    struct gnttab_setup_table setup = {.dom = DOMID_SELF, .nr_frames = 2};
    uint64_t frames[2], hz = hertz(), seed = argument("seed", 1), end, calls = 0, good = 0, trapped = 0;

    max_mfn = (uint64_t)hypercall(memory_op, XENMEM_maximum_ram_page, 0);
    for (unsigned int i = 0; i < start_info->nr_pages; i++)
        if (p2m[i] / 8 < sizeof(ours))
            ours[p2m[i] / 8] |= (uint8_t)(1u << p2m[i] % 8);
    for (unsigned int i = 0; i < ARENA; i++)
        mfns[i] = virt_to_mfn(arena[i]);
    for (unsigned int i = 0; i < 256; i++)
        traps[i] = (struct trap_info){
            .vector = (uint8_t)i, .flags = i == 3 ? 3 : 0, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(i)};
    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)frames);
    hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1);
    va_map((uint64_t)grant_window, frames[0] * PAGE_SIZE | RW);
    va_map((uint64_t)grant_window + PAGE_SIZE, frames[1] * PAGE_SIZE | RW);
    shared_mfns[0] = start_info->shared_info / PAGE_SIZE;
    shared_mfns[1] = frames[0];
    shared_mfns[2] = frames[1];
    own_domid = start_info->flags & SIF_INITDOMAIN ? 0 : 1;
    mask = argument("mask", ~0ul);
    calls_wanted = argument("calls", 20000);
    deadline = tsc() + argument("seconds", 4) * hz;
    trap_hook = caught;
    va_map((uint64_t)arena[ARENA], 0);
    for (unsigned int i = 0; i < VCPUS; i++)
        va_map((uint64_t)players[i].gap, 0);
    start_players(seed, argument("players", VCPUS));
    print("# fuzz seed %lu on %u vcpus\n", seed, n_vcpus);
    go = true;
    players[0].done = false;
    __asm__ volatile("mov %%rsp, %%rbx; mov %0, %%rsp; call player_run; mov %%rbx, %%rsp"
                     :
                     : "r"(players[0].scratch), "D"(&players[0])
                     : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "memory");
    end = tsc() + hz;
    for (unsigned int i = 0; i < n_vcpus; i++) {
        while (!players[i].done && tsc() < end)
            hypercall(sched_op, SCHEDOP_yield);
        calls += players[i].calls;
        good += players[i].good;
        trapped += players[i].traps;
    }
    print("# fuzz did %lu calls, %lu of them good, %lu traps\n", calls, good, trapped);
    ktap_ok("alive", true);
    if (guest_argument("hold")) {
        print("# holding\n");
        for (end = tsc() + 3 * hz; tsc() < end;)
            hypercall(sched_op, SCHEDOP_yield);
    }
    hypercall(sched_op, SCHEDOP_shutdown, &(struct sched_shutdown){.reason = SHUTDOWN_poweroff});
}
