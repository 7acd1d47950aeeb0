/* SPDX-License-Identifier: MIT */
/*
 * Printed when the current vcpu's domain is killed, and for any vcpu by debug keys. Reads the guest only through guest
 * copy and its tables.
 */
#include "machine/panic.h"
#include "machine/printk.h"
#include "pv/pagetable.h"
#include "pv/vcpu_state.h"

static void dump_page_walk(const struct vcpu *v, uint64_t va)
{
    mfn_t root = v->kernel_mode || !v->root_user ? v->root_kernel : v->root_user;
    uint64_t e = root << PAGE_SHIFT | PTE_P;

    if (!root || !address_guest(va))
        return;
    printk("page walk of 0x%lx from mfn 0x%lx:", va, root);
    /* No lock, as it may be ours: another vcpu may still make something else of a table. */
    for (unsigned int level = 4; level && (e & PTE_P) && frame_valid(pte_mfn(e)); level--) {
        const uint64_t *table = pt_entries(pte_mfn(e));

        e = read_once(table[pt_index(va, FRAME_L1 + level - 1)]);
        printk("  l%u[%3u] = 0x%016lx  pfn 0x%lx%s%s%s%s", level, pt_index(va, FRAME_L1 + level - 1), e,
               frame_valid(pte_mfn(e)) && e ? frame_m2p[pte_mfn(e)] : 0, e & PTE_P ? " present" : "",
               e & PTE_RW ? " rw" : "", e & PTE_US ? " user" : "", e & PTE_NX ? " nx" : "");
    }
}

static void dump_stack(const struct regs *r)
{
    for (unsigned int line = 0; line < 4; line++) {
        uint64_t word[4], at = r->rsp + line * sizeof(word);

        if (!guest_read(word, at, sizeof(word))) {
            printk("  0x%lx: not readable", at);
            return;
        }
        printk("  0x%lx: %016lx %016lx %016lx %016lx", at, word[0], word[1], word[2], word[3]);
    }
}

void dump_vcpu(const struct vcpu *v)
{
    const struct regs *r = v == current ? guest_regs() : &v->regs;
    bool elsewhere = v != current && v->sched.runstate.state == RUNSTATE_running;
    uint8_t code[12];

    log_error("d%uv%u (%s) in %s mode%s, upcall mask %u pending %u, cr2 %016lx", v->domain->id, v->id, v->domain->name,
              v->kernel_mode ? "kernel" : "user", elsewhere ? ", running; as it last stopped" : "",
              v->info->evtchn_upcall_mask, v->info->evtchn_upcall_pending, v->cr2);
    panic_print_regs(r);
    printk("root mfn 0x%lx kernel, 0x%lx user; kernel stack %04x:%016lx", v->root_kernel, v->root_user,
           v->kernel_ss, v->kernel_sp);
    if (v != current)
        return;
    if (guest_read(code, r->rip, sizeof(code)))
        printk("code %02x %02x %02x %02x %02x %02x %02x %02x %02x %02x %02x %02x", code[0], code[1], code[2],
               code[3], code[4], code[5], code[6], code[7], code[8], code[9], code[10], code[11]);
    else
        printk("code at rip is not readable");
    dump_stack(r);
    dump_page_walk(v, r->entry_vector == 14 ? v->cr2 : r->rip);
}
