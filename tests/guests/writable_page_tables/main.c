/* SPDX: MIT */
/*
 * The writable-page-tables assist: a guest stores into a read-only page-table page; the fault is taken by
 * the hypervisor, the store checked like an mmu_update and performed, by every instruction kernels use.
 */
#include "guest.h"

static uint64_t *pte;
static char *a, *b;

#define STORE(name, instruction, ...)                                                              \
    expect_no_trap(name, (TRY(instruction, __VA_ARGS__)))

void test_main(void)
{
    uint64_t old, value_b, value_a;
    uint8_t flag;

    a = page_alloc();
    b = page_alloc();
    a[0] = 'a';
    b[0] = 'b';
    pte = pte_of((uint64_t)a, 1);
    old = *pte;
    value_a = pte_for(a, RW);
    value_b = pte_for(b, RW);
    expect("enable writable page tables", hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0);
    STORE("mov to memory", "mov %1, %0", : "+m"(*pte) : "r"(value_b) : "memory");
    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
    ktap_equal("took effect", a[0], 'b');
    old = value_a;
    STORE("xchg", "xchg %1, %0", : "+m"(*pte), "+r"(old) : : "memory");
    ktap_equal("gave the old value", PTE_MFN(old), virt_to_mfn(b));
    ktap_equal("and wrote the new", PTE_MFN(*pte), virt_to_mfn(a));
    old = *pte;
    STORE("lock cmpxchg, equal", "lock cmpxchg %3, %0\n\tsete %2",
          : "+m"(*pte), "+a"(old), "=q"(flag) : "r"(value_b) : "memory", "cc");
    ktap_equal("sets ZF", flag, 1);
    ktap_equal("and wrote", PTE_MFN(*pte), virt_to_mfn(b));
    old = 1;
    STORE("lock cmpxchg, different", "lock cmpxchg %3, %0\n\tsete %2",
          : "+m"(*pte), "+a"(old), "=q"(flag) : "r"(value_a) : "memory", "cc");
    ktap_equal("clears ZF", flag, 0);
    ktap_equal("gives the value found", PTE_MFN(old), virt_to_mfn(b));
    ktap_equal("and leaves it", PTE_MFN(*pte), virt_to_mfn(b));
    pte_write(pte_machine((uint64_t)a, 1), value_a);
    STORE("lock and of one byte", "lock andb $0xfd, %0", : "+m"(*(uint8_t *)pte) : : "memory", "cc");
    ktap_equal("took the writable bit", *pte & PTE_RW, 0);
    STORE("lock or of one byte", "lock orb $2, %0", : "+m"(*(uint8_t *)pte) : : "memory", "cc");
    ktap_equal("gave it back", *pte & PTE_RW, PTE_RW);
    STORE("lock btr", "lock btrq $1, %0", : "+m"(*pte) : : "memory", "cc");
    ktap_equal("took the writable bit", *pte & PTE_RW, 0);
    STORE("lock bts", "lock btsq $1, %0", : "+m"(*pte) : : "memory", "cc");
    ktap_equal("gave it back", *pte & PTE_RW, PTE_RW);
    STORE("mov of an immediate", "movq $0, %0", : "+m"(*pte) : : "memory");
    ktap_equal("cleared it", *pte, 0);
    STORE("mov of rax", "movq %1, %0", : "+m"(*pte) : "a"(value_a) : "memory");
    mmuext(MMUEXT_TLB_FLUSH_LOCAL, 0);
    ktap_equal("maps again", a[0], 'a');
    old = *pte;
    expect_trap("mapping a page table writable faults", try_write((uint64_t)pte, pte_for(boot_root(), RW)), 14, 3);
    ktap_equal("and changes nothing", *pte, old);
    expect_trap("mapping a foreign frame faults", try_write((uint64_t)pte, mfn_not_ours() * PAGE_SIZE | RW), 14, 3);
    ktap_equal("and changes nothing", *pte, old);
    expect_trap("an l2 is not written this way", try_write((uint64_t)pte_of((uint64_t)a, 2), 0), 14, 3);
    expect_trap("nor the root", try_write((uint64_t)boot_root(), 0), 14, 3);
    expect("disable", hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
}
