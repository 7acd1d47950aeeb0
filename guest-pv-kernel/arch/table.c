/* SPDX-License-Identifier: MIT
 * Page tables after boot: entries, tables and roots of processes. Invariant: a table is filled
 * while it is plain memory, made read-only, and only then hooked into another or pinned; from then
 * on every change is an mmu_update that the hypervisor checks. */
#include "arch/paravirt.h"
#include "lib/print.h"
#include "lib/string.h"
#include "memory/frame.h"

#define FRAME_RW (PTE_P | PTE_W | PTE_A | PTE_D | PTE_NX)
#define FRAME_RO (PTE_P | PTE_A | PTE_D | PTE_NX)
#define TABLE_FLAGS (PTE_P | PTE_W | PTE_U | PTE_A | PTE_D)
#define QUEUE 32

pte_t pte_make(uint64_t pfn, uint64_t flags)
{
    return pfn_to_mfn(pfn) << PAGE_SHIFT | flags;
}

uint64_t pte_frame(pte_t pte)
{
    return MACHINE_TO_PHYS[(pte & ~PTE_FLAGS) >> PAGE_SHIFT];
}

static struct mmu_update update_entry(uint64_t table_pfn, unsigned index, pte_t value)
{
    return (struct mmu_update){
        .ptr = pfn_to_mfn(table_pfn) << PAGE_SHIFT | index * 8UL | MMU_NORMAL_PT_UPDATE,
        .val = value,
    };
}

void pte_write(uint64_t table_pfn, unsigned index, pte_t value)
{
    struct mmu_update u = update_entry(table_pfn, index, value);

    if (HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF))
        panic("page-table write refused: frame %lx[%u] := %lx", table_pfn, index, value);
}

/* One hypercall for many entries. Queued with interrupts off until flushed, so one queue per
 * cpu. */
static struct {
    struct mmu_update u[QUEUE];
    unsigned n;
} queues[MAX_CPUS];

void pte_queue(uint64_t table_pfn, unsigned index, pte_t value)
{
    unsigned id = this_cpu()->id;

    ensure(!irq_enabled());
    if (queues[id].n == QUEUE)
        pte_flush();
    queues[id].u[queues[id].n++] = update_entry(table_pfn, index, value);
}

void pte_flush(void)
{
    unsigned id = this_cpu()->id, done = 0;

    if (queues[id].n && HYPERVISOR_mmu_update(queues[id].u, queues[id].n, &done, DOMID_SELF))
        panic("page-table write refused: entry %u of a batch of %u", done, queues[id].n);
    queues[id].n = 0;
}

void table_adopt(uint64_t pfn)
{
    if (paging_protect(pfn, FRAME_RO))
        panic("frame %lx cannot be made read-only", pfn);
}

void table_release(uint64_t pfn)
{
    if (paging_protect(pfn, FRAME_RW))
        panic("frame %lx is still a page table", pfn);
}

static void extended(unsigned cmd, uint64_t arg)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.linear_addr = arg};

    if (HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF))
        panic("mmuext_op %u of %lx refused", cmd, arg);
}

void tlb_flush_page(uint64_t va)
{
    extended(MMUEXT_INVLPG_LOCAL, va);
}

void tlb_flush(void)
{
    extended(MMUEXT_TLB_FLUSH_LOCAL, 0);
}

bool root_adopt(struct root *r, uint64_t l3_pfn)
{
    uint64_t *kernel, *user;
    const uint64_t *model = frame_address(kernel_root.kernel_pfn);

    r->kernel_pfn = frame_alloc();
    r->user_pfn = frame_alloc();
    if (!r->kernel_pfn || !r->user_pfn) {
        frame_put(r->kernel_pfn);
        frame_put(r->user_pfn);
        return false;
    }
    kernel = frame_address(r->kernel_pfn);
    user = frame_address(r->user_pfn);
    kernel[0] = user[0] = pte_make(l3_pfn, TABLE_FLAGS);
    for (unsigned i = 272; i < 512; i++) /* ours; 256..271 the hypervisor fills in when it pins */
        kernel[i] = model[i];
    table_adopt(r->kernel_pfn);
    table_adopt(r->user_pfn);
    extended(MMUEXT_PIN_L4_TABLE, pfn_to_mfn(r->kernel_pfn));
    extended(MMUEXT_PIN_L4_TABLE, pfn_to_mfn(r->user_pfn));
    return true;
}

/* Taking a tree apart is long work, and a hypervisor may answer before it is done; it goes on at
 * this vcpu's next mmuext_op. So there is one more, on the same vcpu, before the frames are used
 * again. */
void root_release(struct root *r)
{
    bool irq = irq_save();

    extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(r->user_pfn));
    extended(MMUEXT_UNPIN_TABLE, pfn_to_mfn(r->kernel_pfn));
    tlb_flush();
    irq_restore(irq);
    table_release(r->user_pfn);
    table_release(r->kernel_pfn);
    frame_put(r->user_pfn);
    frame_put(r->kernel_pfn);
}

/* One trip for the three things a process switch needs of the hypervisor. */
void root_switch(const struct root *r, uint64_t stack_top)
{
    struct mmuext_op ops[2] = {
        {.cmd = MMUEXT_NEW_BASEPTR, .arg1.mfn = pfn_to_mfn(r->kernel_pfn)},
        {.cmd = MMUEXT_NEW_USER_BASEPTR, .arg1.mfn = r->user_pfn ? pfn_to_mfn(r->user_pfn) : 0},
    };
    struct multicall_entry calls[2] = {
        {.op = __HYPERVISOR_stack_switch, .args = {SEL_DATA, stack_top}},
        {.op = __HYPERVISOR_mmuext_op, .args = {(uint64_t)ops, 2, 0, DOMID_SELF}},
    };

    if (HYPERVISOR_multicall(calls, 2) || calls[0].result || calls[1].result)
        panic("switch to root %lx refused", r->kernel_pfn);
}
