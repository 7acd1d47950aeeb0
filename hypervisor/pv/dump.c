/* SPDX-License-Identifier: MIT */
/* Printed when a guest is killed, and by the debug keys. Reads the guest only through guest copy and its tables. */
#include "machine/printk.h"
#include "pv/pagetable.h"
#include "pv/pv.h"
#include "pv/vcpu_state.h"

static void dump_page_walk(const struct vcpu *v, uint64_t va)
{
    mfn_t root = v->kernel_mode || !v->root_user ? v->root_kernel : v->root_user;
    uint64_t entries[4], e = PTE_P;

    if (!root)
        return;
    printk("page walk of 0x%lx from mfn 0x%lx:", va, root);
    pt_walk_va(root, va, entries);
    for (unsigned int i = 0; i < 4 && (e & PTE_P); i++) {
        e = entries[i];
        printk("  l%u[%3u] = 0x%016lx  pfn 0x%lx%s%s%s%s", 4 - i, pt_index(va, FRAME_L4 - i), e,
               frame_valid(pte_mfn(e)) && e ? m2p_get(pte_mfn(e)) : 0, e & PTE_P ? " present" : "",
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

void dump_vcpu(struct vcpu *v)
{
    const struct regs *r = v == current ? guest_regs() : &v->regs;
    uint8_t code[12];

    printk("d%uv%u (%s) in %s mode, vector %u error %x, upcall mask %u pending %u", v->domain->id, v->id,
           v->domain->name, v->kernel_mode ? "kernel" : "user", r->entry_vector, r->error_code,
           v->info->evtchn_upcall_mask, v->info->evtchn_upcall_pending);
    printk("rip %04x:%016lx  rsp %04x:%016lx  rflags %08lx", r->cs, r->rip, r->ss, r->rsp, r->rflags);
    printk("rax %016lx rbx %016lx rcx %016lx rdx %016lx", r->rax, r->rbx, r->rcx, r->rdx);
    printk("rsi %016lx rdi %016lx rbp %016lx r8  %016lx", r->rsi, r->rdi, r->rbp, r->r8);
    printk("r9  %016lx r10 %016lx r11 %016lx r12 %016lx", r->r9, r->r10, r->r11, r->r12);
    printk("r13 %016lx r14 %016lx r15 %016lx cr2 %016lx", r->r13, r->r14, r->r15, v->cr2);
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
