/* SPDX: MIT */
/*
 * A guest that means harm: hypercalls and emulated instructions with random and half-valid arguments, from all its
 * vcpus at once, most of them about an arena of pages that serve as data, page tables, descriptor tables and granted
 * frames by turns. Command line: seed= (what follows from it alone is the same each time), seconds= and calls= (what
 * comes first ends it), mask= (bit n: family n of the table below), players= (vcpus that do so, of no more than 4; they
 * start and stop those beyond). It passes if it lives; being killed for what it
 * did is no failure of the hypervisor's either. (vcpus: 2) (role: hostile)
 */
#include "guest.h"

#define ARENA   96u /* pages; the last quarter prefer to be tables */
#define VCPUS   4u
#define PICK(r, ...)                                                                               \
    ({                                                                                             \
        const uint64_t choice_[] = {__VA_ARGS__};                                                  \
        choice_[random(r) % ARRAY_SIZE(choice_)];                                                  \
    })

struct player { /* one per vcpu: whatever rsp it is caught with inside belongs to it */
    uint8_t stack[4 * PAGE_SIZE], scratch[4 * PAGE_SIZE], gap[PAGE_SIZE], code[PAGE_SIZE];
    uint64_t saved_rsp, armed; /* in this order, as guarded() has them */
    uint64_t random, calls, good, traps;
    unsigned int id;
    volatile bool done;
} page_aligned;

static struct player players[VCPUS] page_aligned;
static uint8_t grant_window[2 * PAGE_SIZE] page_aligned;
static uint8_t ours[1ul << 17]; /* a bit for each frame that is ours, of the first 4 GiB */
static uint8_t arena[ARENA + 1][PAGE_SIZE] page_aligned; /* lists of a billion end at the gap that follows */
static uint64_t mfns[ARENA], max_mfn, shared_mfns[3], deadline, calls_wanted, families = ~0ul;
static unsigned int n_vcpus = 1;
static domid_t own_domid;
static struct trap_info traps[257];
static grant_handle_t handles[32];
static volatile bool go;

long guarded(const void *code, uint64_t *saved_rsp, const uint64_t *registers);
extern char guard_abort[], guard_iret[], guard_vcpu[], guard_spare[];
void player_run(struct player *r);

/* registers: rdi rsi rdx r10 r8 r9 rax rcx, then an iret frame: rip cs rflags rsp ss flags. */
__asm__(".text\n"
        "guarded: push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
        "mov %rsp, (%rsi); movq $1, 8(%rsi)\n"
        "mov %rdi, %rbx; mov %rdx, %rbp\n"
        "mov 0(%rbp), %rdi; mov 8(%rbp), %rsi; mov 16(%rbp), %rdx; mov 24(%rbp), %r10\n"
        "mov 32(%rbp), %r8; mov 40(%rbp), %r9; mov 48(%rbp), %rax; mov 56(%rbp), %rcx\n"
        "call *%rbx\n"
        "guard_abort: cld; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx; ret\n"
        "guard_iret: push 96(%rbp); push 88(%rbp); push 80(%rbp); push 72(%rbp); push 64(%rbp); push 104(%rbp)\n"
        "jmp hypercall_page + 23 * 32\n"
        "guard_vcpu: cld; call player_run; ud2\n"
        "guard_spare: mov $24, %eax; mov $2, %edi; syscall; jmp guard_spare\n"); /* down with vcpu rsi */

static uint64_t random(struct player *r)
{
    uint64_t x = r->random += 0x9e3779b97f4a7c15;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static uint64_t tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static bool one_in(struct player *r, unsigned int n) { return random(r) % n == 0; }

/* Every fault of ours ends what was tried; everything else that enters us is let go on. */
static bool caught(struct frame *frame)
{
    size_t at = (size_t)((uint8_t *)frame - (uint8_t *)players);
    struct player *r = &players[at / sizeof(players[0])];

    if (frame->vector == BY_EVENT) /* taken note of, whoever it was for, or it comes again at once */
        for (unsigned int i = 0; i < VCPUS; i++)
            shared_info->vcpu_info[i].evtchn_upcall_pending = 0;
    if (frame->vector >= BY_EVENT && frame->vector != BY_FAILSAFE)
        return true;
    if (at >= sizeof(players))
        return false;
    if (!r->armed) { /* a breakpoint or a single step from before */
        if (frame->vector != 1)
            return false;
        frame->rflags &= ~0x100ul;
        return true;
    }
    r->traps++;
    frame->rip = (uint64_t)guard_abort;
    frame->rsp = r->saved_rsp;
    frame->cs = FLAT_KERNEL_CS & ~3u; /* so the iret hypercall knows kernel mode */
    frame->ss = FLAT_KERNEL_SS;
    frame->rflags = 0x202;
    frame->rax = (uint64_t)-1000 - frame->vector;
    return true;
}

static long call_code(struct player *r, const void *code, const uint64_t registers[14])
{
    /* An aborted one leaves at guard_abort with the stack as before the call; a finished one with rsp the same. */
    long rc = guarded(code, &r->saved_rsp, registers);

    r->armed = 0;
    return rc;
}

#define call(r, name, ...) call_nr(r, __HYPERVISOR_##name, CALL_ARGS_(__VA_ARGS__, 0, 0, 0, 0, 0))
#define CALL_ARGS_(a, b, c, d, e, ...) (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e)
static long call_nr(struct player *r, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    const uint64_t registers[14] = {a, b, c, d, e, random(r), nr, nr};
    long rc = call_code(r, hypercall_page + (nr & 63) * 32, registers);

    r->calls++;
    r->good += rc >= 0;
    return rc;
}

static bool store(struct player *r, uint64_t va, uint64_t value)
{
    static const uint8_t code[] = {0x48, 0x89, 0x37, 0x31, 0xc0, 0xc3}; /* mov %rsi, (%rdi); xor %eax, %eax; ret */

    return call_code(r, code, (uint64_t[14]){va, value}) == 0;
}

static long fill(struct player *r, uint64_t va, uint8_t byte, size_t n)
{
    static const uint8_t code[] = {0xf3, 0xaa, 0x31, 0xc0, 0xc3}; /* rep stosb; xor %eax, %eax; ret */

    return call_code(r, code, (uint64_t[14]){[0] = va, [6] = byte, [7] = n});
}

/* ---- arguments ---- */
static unsigned int a_page(struct player *r) { return random(r) % ARENA; }
static unsigned int a_level(unsigned int page) { return page < ARENA * 3 / 4 ? 0 : page % 4 + 1; }

static unsigned int a_table(struct player *r, unsigned int level)
{
    return ARENA * 3 / 4 + (random(r) % (ARENA / 16)) * 4 + level - 1;
}

static uint64_t any_strange_mfn(struct player *r)
{
    switch (random(r) % 8) {
    case 0: return random(r) % max_mfn;
    case 1: return random(r) % 0x200;
    case 2: return 0xfec00 + random(r) % 0x300;
    case 3: return max_mfn - 2 + random(r) % 4;
    case 4: return PICK(r, MFN_BEYOND, ~0ul, ~0ul - 511, 1ul << 40, 1ul << 52, 0xffffffffff);
    case 5: return random(r);
    case 6: return random(r) % (max_mfn / 4);
    default: return shared_mfns[random(r) % ARRAY_SIZE(shared_mfns)];
    }
}

/* Our text and data are left alone, or few would live long. */
static uint64_t a_strange_mfn(struct player *r)
{
    uint64_t mfn = any_strange_mfn(r);

    return mfn / 8 < sizeof(ours) && (ours[mfn / 8] >> mfn % 8 & 1) && !one_in(r, 5000) ? MFN_BEYOND : mfn;
}

static uint64_t a_mfn(struct player *r)
{
    return one_in(r, 12) ? a_strange_mfn(r) : mfns[a_page(r)];
}

static uint64_t a_boot_table(struct player *r)
{
    return virt_to_mfn((char *)start_info->pt_base + random(r) % start_info->nr_pt_frames * PAGE_SIZE);
}

static uint64_t a_window(struct player *r)
{
    uint64_t x = random(r);

    return 0xffff000000000000ul | (300 + (x & 3)) << 39 | (x >> 2 & 1) << 30 | (x >> 3 & 1) << 21 |
           (x >> 4 & 31) << 12;
}

static uint64_t a_strange_va(struct player *r)
{
    switch (random(r) % 6) {
    case 0: return PICK(r, 0, 8, 0x7ffffffffff8, 0x7fffffffffff, NON_CANONICAL, ~NON_CANONICAL, ~0ul, ~0ul - 7, UNMAPPED);
    case 1: return HYPERVISOR_START - 16 + random(r) % 32;
    case 2: return HYPERVISOR_TEXT + random(r) % (1ul << 32);
    case 3: return HYPERVISOR_START + (random(r) & 0x7fffffffffff);
    case 4: return 0xffff880000000000 - 16 + random(r) % 32;
    default: return random(r);
    }
}

static uint64_t a_va(struct player *r)
{
    uint64_t offset = one_in(r, 2) ? random(r) & 0xff8 : PICK(r, 0, 8, 4088, 4092, 4095, 2047);

    switch (random(r) % 12) {
    case 0: return a_strange_va(r);
    case 1: case 2: case 3: return a_window(r) + offset;
    case 4: case 5: case 6: case 7: return (uint64_t)arena[a_page(r)] + offset;
    case 8: return (uint64_t)players[random(r) % n_vcpus].scratch + offset;
    default: return (uint64_t)r->scratch + (random(r) & 0x2ff8);
    }
}

/* A place to map something at that we can do without. */
static uint64_t a_target(struct player *r)
{
    return one_in(r, 16) ? a_strange_va(r) : one_in(r, 2) ? a_window(r) : (uint64_t)arena[a_page(r)];
}

static uint64_t a_number(struct player *r)
{
    switch (random(r) % 8) {
    case 0: return PICK(r, ~0ul, 1ul << 63, 1ul << 31, 0xffffffff, 0x80000001, 1ul << 32, 1ul << 60, 0x7fffffff, 1ul << 58);
    case 1: return random(r);
    case 2: return random(r) & 0xffff;
    case 3: return a_va(r);
    case 4: return a_mfn(r);
    default: return random(r) % 20;
    }
}

static domid_t a_domid(struct player *r)
{
    return one_in(r, 8) ? (domid_t)PICK(r, 0, 1, 2, DOMID_IO, DOMID_XEN, DOMID_INVALID, 0x7ff3, 0xffff, 77) : DOMID_SELF;
}

static uint64_t a_pte(struct player *r)
{
    uint64_t flags = PICK(r, RW, RW, RO, RO, RO, RW & ~PTE_USER, RO | PTE_NX, 0), mfn;

    if (one_in(r, 16))
        flags ^= 1ul << PICK(r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 51, 52, 58, 62, 63);
    if (flags & PTE_RW)
        mfn = one_in(r, 16) ? a_boot_table(r) : a_mfn(r);
    else
        mfn = one_in(r, 16) ? p2m[random(r) % start_info->nr_pages] : a_mfn(r);
    return mfn << 12 | flags;
}

/* What goes into a table of that level: entries for tables of the level below, or for pages. */
static uint64_t an_entry(struct player *r, unsigned int level)
{
    if (level < 2 || one_in(r, 20))
        return a_pte(r);
    return one_in(r, 5) ? 0 : mfns[a_table(r, level - 1)] << 12 | (one_in(r, 30) ? random(r) & 0xfff : RW);
}

/* ---- families ---- */
static void do_store(struct player *r)
{
    uint64_t va = a_va(r);

    if (va - (uint64_t)arena >= ARENA * PAGE_SIZE && va - 0xffff960000000000ul >= 1ul << 41)
        return; /* nothing that we need */
    store(r, va & ~7ul, an_entry(r, 1 + random(r) % 3));
}

static void do_va_mapping(struct player *r)
{
    unsigned int page = a_page(r);
    uint64_t flags = PICK(r, 0, UVMF_INVLPG | UVMF_LOCAL, UVMF_INVLPG | UVMF_ALL, UVMF_TLB_FLUSH | UVMF_ALL, 3, (uint64_t)r->scratch | 1, a_va(r));

    if (one_in(r, 3))
        call(r, update_va_mapping, arena[page], mfns[page] << 12 | PICK(r, RW, RW, RO, 0), flags);
    else if (one_in(r, 4))
        call(r, update_va_mapping_otherdomain, one_in(r, 4) ? a_strange_va(r) : a_window(r), a_pte(r), flags, a_domid(r));
    else
        call(r, update_va_mapping, one_in(r, 16) ? a_strange_va(r) : one_in(r, 2) ? a_window(r) : (uint64_t)arena[page], a_pte(r), flags);
}

static void do_mmu_update(struct player *r)
{
    struct mmu_update *request = (struct mmu_update *)r->scratch;
    unsigned int n = one_in(r, 8) ? 100 : 1 + random(r) % 8;

    for (unsigned int i = 0; i < n; i++) {
        unsigned int level = 1 + random(r) % 4;

        request[i].ptr = mfns[a_table(r, level)] * PAGE_SIZE + (random(r) & (one_in(r, 3) ? 0xff8 : 0x18));
        request[i].val = an_entry(r, level);
        if (one_in(r, 4)) { /* the windows */
            request[i].ptr = virt_to_mfn(boot_root()) * PAGE_SIZE + (300 + random(r) % 4) * 8;
            request[i].val = an_entry(r, 4);
        } else if (one_in(r, 12)) {
            request[i].ptr = a_mfn(r) * PAGE_SIZE + (random(r) & 0xfff);
            request[i].val = an_entry(r, level);
        } else if (one_in(r, 40)) {
            request[i].ptr = a_mfn(r) * PAGE_SIZE + (256 + random(r) % 16) * 8;
        }
        if ((request[i].ptr & 0xff8) == 0xff8 && !one_in(r, 500))
            request[i].ptr ^= 8; /* a root's entry for ourselves */
        request[i].ptr = (request[i].ptr & ~3ul) | PICK(r, 0, 0, 0, 0, 2, 2, 3, 1);
        if ((request[i].ptr & 3) == 1)
            request[i].val = random(r) % 0x10000;
    }
    call(r, mmu_update, one_in(r, 20) ? a_va(r) : (uint64_t)request, one_in(r, 20) ? a_number(r) : n,
         one_in(r, 3) ? a_va(r) : 0, one_in(r, 10) ? random(r) & 0x1ffff : a_domid(r));
}

/* A root with nothing of us would be our end. */
static bool maps_us(struct player *r, unsigned int page)
{
    static const uint8_t code[] = {0x48, 0x8b, 0x07, 0xc3}; /* mov (%rdi), %rax; ret */

    return one_in(r, 1000) || call_code(r, code, (uint64_t[14]){(uint64_t)arena[page] + 511 * 8}) == (long)boot_root()[511];
}

static void do_mmuext(struct player *r)
{
    struct mmuext_op *op = (struct mmuext_op *)r->scratch;
    unsigned int n = 1 + random(r) % 6;

    for (unsigned int i = 0; i < n; i++) {
        unsigned int page = ARENA * 3 / 4 + random(r) % (ARENA / 4);

        op[i].cmd = (unsigned int)(one_in(r, 2) ? random(r) % 22 : PICK(r, 0, 1, 2, 3, 4, 4, 4));
        op[i].arg1.mfn = one_in(r, 12) ? a_strange_mfn(r) : one_in(r, 8) ? mfns[a_page(r)] : mfns[page];
        op[i].arg2.src_mfn = a_mfn(r);
        if (op[i].cmd < 4 && one_in(r, 2))
            op[i].cmd = a_level(page) - 1;
        if (op[i].cmd == MMUEXT_NEW_BASEPTR) {
            op[i].arg1.mfn = mfns[page];
            if (!maps_us(r, page))
                op[i].arg1.mfn = virt_to_mfn(boot_root());
        }
        if (op[i].cmd == MMUEXT_SET_LDT) {
            op[i].arg1.linear_addr = a_va(r) & ~0xffful;
            op[i].arg2.nr_ents = (unsigned int)PICK(r, 0, 1, 512, 1024, 8192, 8193, random(r));
        } else if (op[i].cmd >= MMUEXT_TLB_FLUSH_MULTI && op[i].cmd <= MMUEXT_INVLPG_ALL) {
            op[i].arg1.linear_addr = a_va(r);
            op[i].arg2.src_mfn = a_va(r);
        }
    }
    call(r, mmuext_op, one_in(r, 20) ? a_va(r) : (uint64_t)op, one_in(r, 20) ? a_number(r) : n,
         one_in(r, 3) ? a_va(r) : 0, a_domid(r));
}

/* A table the proper way: filled while it is data, shown read-only, pinned, used. */
static void do_build(struct player *r)
{
    unsigned int level = 1 + random(r) % 4, page = a_table(r, level);
    uint64_t va = (uint64_t)arena[page];
    struct mmuext_op *op = (struct mmuext_op *)r->scratch;

    if (one_in(r, 3)) {
        *op = (struct mmuext_op){.cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = mfns[page]};
        call(r, mmuext_op, op, 1, 0, DOMID_SELF);
    }
    if (call(r, update_va_mapping, va, mfns[page] << 12 | RW, UVMF_INVLPG | UVMF_ALL))
        return;
    fill(r, va, 0, PAGE_SIZE);
    for (unsigned int i = random(r) % 12; i > 0; i--)
        store(r, va + (random(r) & (one_in(r, 3) ? 0x7f8 : 0x18)), an_entry(r, level));
    if (level == 4 && !one_in(r, 500))
        for (unsigned int i = 304; i < 512; i++)
            if (boot_root()[i])
                store(r, va + i * 8, boot_root()[i]);
    call(r, update_va_mapping, va, mfns[page] << 12 | RO, one_in(r, 8) ? 0 : UVMF_INVLPG | UVMF_ALL);
    *op = (struct mmuext_op){.cmd = MMUEXT_PIN_L1_TABLE + level - 1, .arg1.mfn = mfns[page]};
    if (!call(r, mmuext_op, op, 1, 0, DOMID_SELF) && level == 4) {
        op->cmd = (unsigned int)PICK(r, MMUEXT_NEW_BASEPTR, MMUEXT_NEW_USER_BASEPTR);
        call(r, mmuext_op, op, 1, 0, DOMID_SELF);
    }
}

static void do_memory(struct player *r)
{
    struct xen_memory_exchange *x = (struct xen_memory_exchange *)r->scratch;
    uint64_t *in = (uint64_t *)(r->scratch + PAGE_SIZE), *out = in + 64;
    unsigned int op = random(r) % 4, n = 1 + random(r) % 3, page[3];

    memset(x, 0, sizeof(*x));
    for (unsigned int i = 0; i < n; i++) {
        page[i] = a_page(r);
        in[i] = one_in(r, 20) ? a_strange_mfn(r) : mfns[page[i]];
        out[i] = virt_to_pfn(arena[page[i]]);
        if (one_in(r, 2))
            call(r, update_va_mapping, arena[page[i]], 0, UVMF_INVLPG | UVMF_ALL);
    }
    if (op == 3) {
        in = out;
        for (unsigned int i = 0; i < n; i++)
            out[i] = one_in(r, 20) ? random(r) : out[i];
    }
    x->in = x->out = (struct xen_memory_reservation){.nr_extents = n, .domid = a_domid(r)};
    if (one_in(r, 12)) {
        x->in.nr_extents = a_number(r);
        x->out.nr_extents = one_in(r, 2) ? x->in.nr_extents : a_number(r);
        x->nr_exchanged = one_in(r, 4) ? a_number(r) : 0;
        x->in.extent_order = (unsigned int)PICK(r, 0, 0, 1, 9, 10, 63, 64, 0xffffffff);
        x->out.extent_order = one_in(r, 2) ? x->in.extent_order : 0;
    }
    if (one_in(r, 12))
        x->in.mem_flags = x->out.mem_flags = (unsigned int)random(r);
    set_xen_guest_handle(x->in.extent_start, (xen_pfn_t *)(one_in(r, 20) ? a_va(r) : (uint64_t)in));
    set_xen_guest_handle(x->out.extent_start, (xen_pfn_t *)(one_in(r, 20) ? a_va(r) : (uint64_t)out));
    if (op == 0) {
        if (!call(r, memory_op, XENMEM_exchange, x) && x->nr_exchanged == n)
            for (unsigned int i = 0; i < n; i++)
                mfns[page[i]] = out[i];
    } else if (op == 1) {
        call(r, memory_op, XENMEM_decrease_reservation, x);
    } else if (op == 2) {
        call(r, memory_op, PICK(r, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17) | (one_in(r, 4) ? a_number(r) << 6 : 0), one_in(r, 2) ? (uint64_t)x : a_va(r));
    } else if (call(r, memory_op, PICK(r, XENMEM_populate_physmap, XENMEM_populate_physmap, XENMEM_increase_reservation), x) == n) {
        for (unsigned int i = 0; i < n; i++)
            mfns[page[i]] = in[i];
    }
    if (op != 1)
        for (unsigned int i = 0; i < n; i++)
            call(r, update_va_mapping, arena[page[i]], mfns[page[i]] << 12 | RW, 0);
}

static void do_grants(struct player *r)
{
    union {
        struct gnttab_map_grant_ref map;
        struct gnttab_unmap_grant_ref unmap;
        struct gnttab_copy copy;
        struct gnttab_transfer transfer;
        struct gnttab_setup_table setup;
        uint64_t words[8];
    } *op = (void *)r->scratch;
    unsigned int command = random(r) % 16, slot = random(r) % ARRAY_SIZE(handles);
    volatile uint32_t *entry;

    entry = (uint32_t *)grant_window + (random(r) % 32) * 2;
    if (one_in(r, 2)) {
        entry[1] = (uint32_t)a_mfn(r);
        entry[0] = (uint32_t)PICK(r, 1, 1, 5, 2, 3, 0, random(r) & 0xffff) | (uint32_t)(one_in(r, 6) ? PICK(r, 0, 1, 2, 0x7ff0) : own_domid) << 16;
    }
    for (unsigned int i = 0; i < 8; i++)
        op->words[i] = one_in(r, 3) ? random(r) : a_number(r);
    command = command > 12 ? command % 2 : command;
    switch (command) {
    case GNTTABOP_map_grant_ref:
        op->map = (struct gnttab_map_grant_ref){.host_addr = a_target(r), .ref = (uint32_t)random(r) % 34, .dom = one_in(r, 8) ? a_domid(r) : own_domid,
            .flags = (uint32_t)(one_in(r, 6) ? random(r) & 0xff : PICK(r, 2, 2, 6, 6, 3, 0x12))};
        if (op->map.flags & GNTMAP_contains_pte)
            op->map.host_addr = mfns[a_table(r, 1)] * PAGE_SIZE + (random(r) & 0x18);
        break;
    case GNTTABOP_unmap_grant_ref:
        op->unmap.host_addr = a_target(r);
        op->unmap.handle = one_in(r, 8) ? (uint32_t)random(r) : handles[slot];
        break;
    case GNTTABOP_copy:
        op->copy.source.u.gmfn = one_in(r, 2) ? random(r) % 34 : a_mfn(r);
        op->copy.dest.u.gmfn = one_in(r, 2) ? random(r) % 34 : a_mfn(r);
        op->copy.source.domid = op->copy.dest.domid = a_domid(r);
        op->copy.source.offset = (uint16_t)(one_in(r, 8) ? random(r) : random(r) % 4096);
        op->copy.dest.offset = op->copy.source.offset;
        op->copy.len = (uint16_t)(one_in(r, 8) ? random(r) : 4096u - op->copy.source.offset % 4096);
        op->copy.flags = (uint16_t)(random(r) & 3);
        break;
    case GNTTABOP_transfer:
        op->transfer.domid = a_domid(r);
        op->transfer.mfn = a_mfn(r);
        break;
    case GNTTABOP_setup_table:
        op->setup.dom = DOMID_SELF;
        op->setup.nr_frames = (uint32_t)PICK(r, 0, 1, 2, 64, random(r));
        set_xen_guest_handle(op->setup.frame_list, (xen_pfn_t *)a_va(r));
        break;
    default:
        if (!one_in(r, 4))
            *(uint16_t *)op = DOMID_SELF;
        if (command == GNTTABOP_set_version)
            op->words[0] = PICK(r, 1, 1, 1, 2, 3);
    }
    if (!call(r, grant_table_op, command, one_in(r, 20) ? a_va(r) : (uint64_t)op, one_in(r, 20) ? a_number(r) : 1) && command == GNTTABOP_map_grant_ref && !op->map.status)
        handles[slot] = op->map.handle;
}

static void do_descriptors(struct player *r)
{
    uint64_t *frames = (uint64_t *)r->scratch;
    uint64_t d = PICK(r, 0, 0x00affb000000ffff, 0x00cffb000000ffff, 0x00cf93000000ffff, 0x0000e20000000000, 0x0000ec00e0330000, 0x00008c00e0080000, 0x0000890000000067, random(r), random(r) | 1ul << 47);

    switch (random(r) % 4) {
    case 0:
        for (unsigned int i = 0; i < 16; i++)
            frames[i] = a_mfn(r);
        call(r, set_gdt, one_in(r, 12) ? a_va(r) : (uint64_t)frames, PICK(r, 0, 1, 512, 513, 1024, 7168, 7169, random(r)));
        break;
    case 1: case 2:
        call(r, update_descriptor, a_mfn(r) << 12 | (random(r) & (one_in(r, 8) ? 0xfff : 0xff8)), d);
        break;
    default: { /* mov %edi, %ds/%es/%fs/%gs; xor; ret. Or a far load through the table */
        uint8_t code[] = {0x8e, (uint8_t)PICK(r, 0xdf, 0xc7, 0xe7, 0xef), 0x31, 0xc0, 0xc3};

        memcpy(r->code, code, sizeof(code));
        call_code(r, r->code, (uint64_t[14]){one_in(r, 8) ? random(r) & 0xffff : (random(r) % 64 * 8) | 7});
    }
    }
}

static void do_vcpu(struct player *r)
{
    unsigned int op = (unsigned int)PICK(r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 13, 5, 10), who = r->id;
    struct vcpu_guest_context *context = (struct vcpu_guest_context *)r->scratch;

    if (op == VCPUOP_initialise) {
        who = n_vcpus + random(r) % 3; /* beyond those that play */
        vcpu_context(context, NULL, 0);
        context->user_regs.rip = (uint64_t)guard_spare;
        context->user_regs.rsi = who;
        if (one_in(r, 20)) /* one that is a root has nothing of us */
            context->ctrlreg[3] = xen_pfn_to_cr3(a_mfn(r));
        context->ctrlreg[1] = one_in(r, 3) ? xen_pfn_to_cr3(a_mfn(r)) : 0;
        if (one_in(r, 4) && (!context->ctrlreg[1] || one_in(r, 50)))
            context->flags = random(r) & ~4ul; /* in user mode */
        context->gdt_ents = one_in(r, 2) ? 0 : (uint64_t)PICK(r, 1, 512, 1024, 8192);
        for (unsigned int i = 0; i < 16; i++)
            context->gdt_frames[i] = a_mfn(r);
        if (one_in(r, 40))
            ((uint64_t *)context)[random(r) % (sizeof(*context) / 8)] = a_number(r);
    } else if (op <= VCPUOP_down) {
        who = n_vcpus + random(r) % 3;
    } else if (op == VCPUOP_register_vcpu_info) {
        who = n_vcpus + random(r) % 3;
        if (one_in(r, 200))
            who = r->id;
        *(struct vcpu_register_vcpu_info *)context = (struct vcpu_register_vcpu_info){.mfn = a_mfn(r), .offset = (uint32_t)(random(r) & (one_in(r, 2) ? 0xfff : 0xfc0))};
    } else {
        *(uint64_t *)context = one_in(r, 3) ? a_number(r) : a_va(r);
        if (one_in(r, 4))
            who = random(r) % 5;
    }
    call(r, vcpu_op, op, who, one_in(r, 20) ? a_va(r) : (uint64_t)context);
}

static void do_callbacks(struct player *r)
{
    struct callback_register *c = (struct callback_register *)r->scratch;

    if (one_in(r, 2)) {
        call(r, set_callbacks, a_number(r) | 1, a_number(r) | 1, a_number(r) | 1);
        if (one_in(r, 2))
            call(r, xen_version, 0);
        call(r, set_callbacks, event_entry, failsafe_entry, 0);
        return;
    }
    c->type = (uint16_t)random(r) % 9;
    c->flags = (uint16_t)random(r) % 4;
    c->address = one_in(r, 4) ? a_number(r) : (uint64_t)event_entry;
    call(r, callback_op, random(r) % 3, one_in(r, 12) ? a_va(r) : (uint64_t)c);
    call(r, set_callbacks, event_entry, failsafe_entry, 0);
}

static void do_debugreg(struct player *r)
{
    unsigned int n = random(r) % 9;
    uint64_t va = one_in(r, 2) ? HYPERVISOR_TEXT + random(r) % 0x40000 : a_va(r);

    if (n == 7)
        va = random(r) & random(r) & PICK(r, 0xffffffff, 0xffff07ff, ~0ul);
    call(r, set_debugreg, n, va);
    call(r, get_debugreg, random(r) % 9);
    if (one_in(r, 2))
        call(r, set_debugreg, 7, 0);
}

static void do_traps(struct player *r)
{
    struct trap_info *t = (struct trap_info *)r->scratch;

    for (unsigned int i = 0; i < 4; i++)
        t[i] = (struct trap_info){(uint8_t)random(r), (uint8_t)random(r), (uint16_t)random(r), a_number(r)};
    t[4].address = one_in(r, 2) ? 0 : 1;
    memset(&t[5], 0, sizeof(t[0]));
    call(r, set_trap_table, one_in(r, 8) ? a_va(r) : (uint64_t)t);
    call(r, set_trap_table, traps);
}

static uint64_t a_call_number(struct player *r)
{
    uint64_t nr;

    do
        nr = random(r) % 56;
    while (nr == __HYPERVISOR_iret || nr == __HYPERVISOR_sched_op || nr == __HYPERVISOR_set_trap_table ||
           nr == __HYPERVISOR_console_io || nr == __HYPERVISOR_multicall || nr == __HYPERVISOR_vcpu_op ||
           nr == __HYPERVISOR_update_va_mapping || nr == __HYPERVISOR_set_timer_op ||
           nr == __HYPERVISOR_update_va_mapping_otherdomain || nr == __HYPERVISOR_set_callbacks);
    return nr;
}

static void do_any(struct player *r)
{
    call_nr(r, a_call_number(r), a_number(r), a_number(r), a_number(r), a_number(r), a_number(r));
}

static void do_multicall(struct player *r)
{
    struct multicall_entry *e = (struct multicall_entry *)(r->scratch + 2 * PAGE_SIZE);
    struct mmuext_op *ext = (struct mmuext_op *)r->scratch;
    unsigned int n = 1 + random(r) % 12;

    for (unsigned int i = 0; i < 8; i++)
        ext[i] = (struct mmuext_op){.cmd = (unsigned int)PICK(r, 0, 1, 2, 3, 4, 4), .arg1.mfn = mfns[a_table(r, 1 + random(r) % 4)]};
    for (unsigned int i = 0; i < n; i++) {
        e[i].op = a_call_number(r);
        for (unsigned int a = 0; a < 6; a++)
            e[i].args[a] = a_number(r);
        if (one_in(r, 2)) {
            e[i] = (struct multicall_entry){.op = __HYPERVISOR_update_va_mapping, .args = {a_window(r), a_pte(r), UVMF_INVLPG | UVMF_ALL}};
            if (one_in(r, 2))
                e[i] = (struct multicall_entry){.op = __HYPERVISOR_mmuext_op, .args = {(uint64_t)ext, 8, 0, DOMID_SELF}};
        }
    }
    r->calls += n;
    call(r, multicall, one_in(r, 12) ? a_va(r) : (uint64_t)e, one_in(r, 12) ? a_number(r) : n);
    call(r, set_trap_table, traps); /* entries of zeros say: none */
}

static void do_events(struct player *r)
{
    uint32_t *op = (uint32_t *)r->scratch;

    for (unsigned int i = 0; i < 8; i++)
        op[i] = (uint32_t)(one_in(r, 6) ? random(r) : random(r) % 40);
    if (one_in(r, 2))
        *(domid_t *)op = DOMID_SELF;
    if (one_in(r, 4))
        ((domid_t *)op)[1] = DOMID_SELF;
    call(r, event_channel_op, random(r) % 15, one_in(r, 16) ? a_va(r) : (uint64_t)op);
    if (one_in(r, 4)) {
        struct sched_poll poll = {.nr_ports = (unsigned int)a_number(r), .timeout = 1};

        set_xen_guest_handle(poll.ports, (evtchn_port_t *)a_va(r));
        call(r, sched_op, PICK(r, SCHEDOP_yield, SCHEDOP_poll, 7), &poll);
    }
    if (one_in(r, 40))
        shared_info->evtchn_mask[random(r) % 2] ^= random(r);
}

static void do_small(struct player *r)
{
    switch (random(r) % 10) {
    case 0: call(r, xen_version, random(r) % 12, a_va(r)); break;
    case 1: call(r, vm_assist, random(r) % 2, PICK(r, 0, 1, 2, 2, 2, 3, 4, 5, 6, a_number(r))); break;
    case 2: call(r, physdev_op, random(r) % 32, a_va(r)); break;
    case 3: call(r, console_io, PICK(r, 1, 2, random(r)), PICK(r, 0, 16, 1ul << 31), a_va(r)); break;
    case 4: call(r, nmi_op, random(r) % 3, a_va(r)); break;
    case 5: call(r, set_segment_base, random(r) % 5, one_in(r, 3) ? random(r) & 0xffff : a_va(r)); break;
    case 6: call(r, stack_switch, one_in(r, 2) ? FLAT_KERNEL_SS : random(r), a_va(r)); break;
    case 7: call(r, set_timer_op, one_in(r, 2) ? random(r) : 1); break;
    case 8: call(r, fpu_taskswitch, random(r) % 3); break;
    default: call(r, vm_assist, 0, 2); break;
    }
}

/* A privileged instruction, or an unusual one on a page-table entry; rdi, rsi, rbx... are whatever they are. */
static void do_instruction(struct player *r)
{
    static const uint8_t ops[][5] = {
        {1, 0xec}, {1, 0xed}, {1, 0xee}, {1, 0xef}, {2, 0xe4, 0x61}, {2, 0xe6, 0x80}, {1, 0x6c}, {1, 0x6d}, {1, 0x6e}, {1, 0x6f},
        {2, 0xf3, 0x6c}, {2, 0xf3, 0x6f}, {3, 0x0f, 0x20, 0xc0}, {3, 0x0f, 0x20, 0xd0}, {3, 0x0f, 0x20, 0xd8}, {3, 0x0f, 0x20, 0xe0},
        {3, 0x0f, 0x22, 0xc0}, {3, 0x0f, 0x22, 0xd0}, {3, 0x0f, 0x22, 0xd8}, {3, 0x0f, 0x22, 0xe0}, {3, 0x0f, 0x21, 0xf8}, {3, 0x0f, 0x23, 0xc0},
        {3, 0x0f, 0x23, 0xf8}, {2, 0x0f, 0x32}, {2, 0x0f, 0x30}, {3, 0x0f, 0x01, 0xd1}, {3, 0x0f, 0x01, 0xf0}, {2, 0x0f, 0x06}, {2, 0x0f, 0x09},
        {2, 0x0f, 0x08}, {3, 0x0f, 0x01, 0x3f}, {3, 0x0f, 0x01, 0x07}, {3, 0x0f, 0x01, 0x0f}, {3, 0x0f, 0x00, 0xc8}, {3, 0x0f, 0x00, 0xd8},
        {2, 0x0f, 0xa2}, {2, 0x0f, 0x31}, {2, 0x0f, 0x33}, {3, 0x0f, 0x01, 0xd0}, {1, 0xfa}, {1, 0xfb}, {2, 0xcd, 0x80}, {2, 0xcd, 0x0e},
        {1, 0xcc}, {2, 0x0f, 0x0b}, {2, 0x0f, 0x34}, {1, 0xf1}, {3, 0x0f, 0x01, 0xcb}, {3, 0x0f, 0x01, 0xf9},
        /* at (%rdi), register %esi */
        {2, 0x89, 0x37}, {3, 0x48, 0x89, 0x37}, {3, 0x66, 0x89, 0x37}, {2, 0x88, 0x37}, {3, 0x48, 0x87, 0x37}, {4, 0xf0, 0x48, 0x01, 0x37},
        {4, 0x48, 0x0f, 0xb1, 0x37}, {4, 0xf0, 0x0f, 0xb1, 0x37}, {4, 0x48, 0x0f, 0xc1, 0x37}, {4, 0x48, 0x0f, 0xab, 0x37}, {4, 0x0f, 0xba, 0x37},
        {4, 0x48, 0x0f, 0xba, 0x2f}, {3, 0x48, 0x21, 0x37}, {3, 0x48, 0x31, 0x37}, {3, 0x48, 0x29, 0x37}, {3, 0x48, 0x83, 0x0f}, {3, 0x48, 0xf7, 0x17},
        {4, 0x48, 0x0f, 0xc7, 0x0f}, {3, 0xf3, 0x48, 0xab}, {2, 0xf3, 0xa4}, {2, 0x48, 0xab}, {3, 0xf3, 0x48, 0xa5}, {2, 0xff, 0x07}, {2, 0xc7, 0x07},
        {3, 0x0f, 0x11, 0x07}, {4, 0x66, 0x0f, 0x7f, 0x07}, {4, 0x0f, 0xc3, 0x37},
    };
    unsigned int at = 0, n = random(r) % ARRAY_SIZE(ops);
    uint64_t registers[14] = {a_va(r), one_in(r, 2) ? an_entry(r, 1) : a_va(r), one_in(r, 2) ? random(r) & 0xffff : a_number(r), 0, 0, 0, one_in(r, 2) ? an_entry(r, 1) : a_number(r), PICK(r, 0, 1, 2, 8, 40, 0x10, 0x1b, 0x3a, 0xc0000080, 0xc0000081, 0xc0000100, 0xc0000101, 0xc0000102, 0x277, 0x40000000, 0x8b, random(r) & 0xffff)};
    uint64_t code = (uint64_t)r->code + (one_in(r, 8) ? 0 : random(r) % 64);

    if (registers[0] - (uint64_t)arena >= ARENA * PAGE_SIZE)
        registers[0] = one_in(r, 2) ? a_window(r) + (random(r) & 0xfff) : (uint64_t)arena[a_page(r)] + (random(r) & 0xfff);
    if (ops[n][2] == 0x22 && ops[n][3] == 0xd8)
        registers[6] = virt_to_mfn(boot_root()) * PAGE_SIZE;
    if (ops[n][2] == 0xab || ops[n][3] == 0xab) /* bts reaches as far as the register says */
        registers[1] &= 63;
    if (ops[n][1] == 0xf3)
        registers[7] = random(r) % 40;
    while (one_in(r, 6))
        ((uint8_t *)code)[at++] = (uint8_t)PICK(r, 0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x36, 0x3e, 0x64, 0x65);
    for (unsigned int i = 1; i <= ops[n][0]; i++)
        ((uint8_t *)code)[at++] = ops[n][i];
    for (unsigned int i = 0; i < 9; i++) /* an immediate, if it takes one, or nops */
        ((uint8_t *)code)[at++] = 0x90;
    memcpy((uint8_t *)code + at, (const uint8_t[]){0x31, 0xc0, 0xc3}, 3);
    r->calls++;
    call_code(r, (const void *)code, registers);
}

static void do_iret(struct player *r)
{
    struct mmuext_op op = {.cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = virt_to_mfn(boot_root())};
    uint64_t registers[14] = {[6] = 23};

    registers[8] = one_in(r, 4) ? a_va(r) : (uint64_t)r->code + 2048; /* ud2 is there */
    registers[9] = PICK(r, FLAT_KERNEL_CS & ~3, FLAT_KERNEL_CS & ~3, FLAT_USER_CS, FLAT_USER_CS32, random(r) & 0xffff, random(r));
    registers[10] = one_in(r, 2) ? random(r) & 0x3fffff : random(r);
    registers[11] = (uint64_t)(r->scratch + 3 * PAGE_SIZE);
    registers[12] = one_in(r, 2) ? FLAT_KERNEL_SS : random(r) & 0xffff;
    registers[13] = one_in(r, 2) ? 0 : random(r) & ~0xful;
    if (one_in(r, 5000))
        registers[11] = a_va(r);
    call(r, mmuext_op, &op, 1, 0, DOMID_SELF);
    call(r, stack_switch, FLAT_KERNEL_SS, r->scratch + 3 * PAGE_SIZE);
    r->calls++;
    call_code(r, guard_iret, registers);
}

static void (*const family[])(struct player *) = {
    do_store, do_va_mapping, do_mmu_update, do_mmuext, do_build, do_memory, do_grants, do_descriptors, do_vcpu, do_callbacks,
    do_debugreg, do_traps, do_any, do_multicall, do_events, do_small, do_instruction, do_iret,
};
static const uint8_t likely[] = {0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 6, 7, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 16, 16, 17};

void player_run(struct player *r)
{
    while (!go)
        hypercall(sched_op, SCHEDOP_yield);
    while (r->calls < calls_wanted && tsc() < deadline) {
        unsigned int n = likely[random(r) % ARRAY_SIZE(likely)];

        if (families & 1ul << n)
            family[n](r);
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
        traps[i] = (struct trap_info){.vector = (uint8_t)i, .flags = i == 3 ? 3 : 0, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(i)};
    set_xen_guest_handle(setup.frame_list, (xen_pfn_t *)frames);
    hypercall(grant_table_op, GNTTABOP_setup_table, &setup, 1);
    va_map((uint64_t)grant_window, frames[0] * PAGE_SIZE | RW);
    va_map((uint64_t)grant_window + PAGE_SIZE, frames[1] * PAGE_SIZE | RW);
    shared_mfns[0] = start_info->shared_info / PAGE_SIZE;
    shared_mfns[1] = frames[0];
    shared_mfns[2] = frames[1];
    own_domid = start_info->flags & SIF_INITDOMAIN ? 0 : 1;
    families = argument("mask", ~0ul);
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
                     : : "r"(players[0].scratch), "D"(&players[0])
                     : "rax", "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory");
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
