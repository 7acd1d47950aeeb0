/* SPDX-License-Identifier: MIT */
/*
 * Writable page tables: a guest stores into a read-only page-table page; the fault is taken by the hypervisor, the
 * store checked like an mmu_update and performed, by every instruction kernels use. The assist of that name, which was
 * once to be asked for, makes no difference.
 */
#include "guest.h"

static uint64_t *pte;
static char *a, *b;

#define STORE(name, instruction, ...)                                                              \
    expect_no_trap(name, (TRY(instruction, __VA_ARGS__)))

/* rdi is the entry, rsi what is to be stored. The marker: what came next was the next instruction. */
static uint8_t marker;
static char *edge;
#define FORM(name, code)                                                                           \
    do {                                                                                           \
        marker = 0;                                                                                \
        pte_write(pte_machine((uint64_t)a, 1), 0);                                                 \
        STORE(name, code "\n\tmovb $1, %0",                                                        \
              : "=m"(marker) : "D"(pte), "S"(16ul), "a"(0ul), "m"(edge)                            \
              : "memory", "cc", "rbx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"); \
        ktap_equal("stored", *pte, 16);                                                            \
        ktap_equal("and went on behind it", marker, 1);                                            \
    } while (0)

static void test_forms(void)
{
    FORM("mov, no displacement", "mov %%rsi, (%%rdi)");
    FORM("mov, the largest byte below", "lea 128(%%rdi), %%rbx; mov %%rsi, -128(%%rbx)");
    FORM("mov, the largest byte above", "lea -127(%%rdi), %%rbx; mov %%rsi, 127(%%rbx)");
    FORM("mov, a displacement of four bytes", "lea -128(%%rdi), %%rbx; mov %%rsi, 128(%%rbx)");
    FORM("and one that a byte could hold", "lea -64(%%rdi), %%rbx; .byte 0x48, 0x89, 0xb3; .long 64");
    FORM("mov by rbp", "xchg %%rbp, %%rdi; mov %%rsi, (%%rbp); xchg %%rbp, %%rdi");
    FORM("mov of r15 by r8", "mov %%rdi, %%r8; mov %%rsi, %%r15; mov %%r15, (%%r8)");
    FORM("mov by r12, which takes a SIB", "mov %%rdi, %%r12; mov %%rsi, (%%r12)");
    FORM("mov by r13, which takes a displacement", "mov %%rdi, %%r13; mov %%rsi, (%%r13)");
    FORM("mov by r14 and an index", "mov $3, %%ebx; lea -24(%%rdi), %%r14; mov %%rsi, (%%r14, %%rbx, 8)");
    FORM("mov by an index alone", "lea -64(%%rdi), %%rbx; mov %%rsi, 64(, %%rbx, 1)");
    FORM("mov with a segment prefix", ".byte 0x3e; mov %%rsi, (%%rdi)");
    FORM("mov of four bytes", "mov %%esi, (%%rdi)");
    FORM("mov of two bytes", "mov %%si, (%%rdi)");
    FORM("cmpxchg without lock", "cmpxchg %%rsi, (%%rdi)");
    FORM("cmpxchg of r10 by r9", "lea -8(%%rdi), %%r9; mov %%rsi, %%r10; cmpxchg %%r10, 8(%%r9)");
    FORM("lock cmpxchg of r11 by rdx", "lea 127(%%rdi), %%rdx; mov %%rsi, %%r11; lock cmpxchg %%r11, -127(%%rdx)");
    FORM("lock cmpxchg of four bytes", "lock cmpxchg %%esi, (%%rdi)");
    memcpy(edge, "\x48\x89\x37\xc3", 4); /* mov %rsi, (%rdi); ret */
    FORM("mov before a page that is not there", "call *%4");
    expect_trap("mov from beside the entry into it", try_write((uint64_t)pte - 4, 16), 14, 3);
}

#define FLAGS_ARITH 0x8d5ul

/* Gives rax and, in place of those it is to begin with, the flags. */
static uint64_t compare(uint64_t *at, uint64_t rax, uint64_t *flags)
{
    __asm__ volatile("pushq %2; popfq; lock cmpxchg %3, (%1); pushfq; popq %2"
                     : "+a"(rax), "+r"(at), "+r"(*flags)
                     : "r"(*at)
                     : "memory", "cc");
    return rax;
}

static void test_compare_flags(void)
{
    static const uint64_t values[] = {0, 2, 16, 0x8000000000000000, 0x7ffffffffffffffe, -2ul};
    unsigned int wrong = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(values) * ARRAY_SIZE(values); i++) {
        uint64_t plain = values[i % ARRAY_SIZE(values)], rax = values[i / ARRAY_SIZE(values)], want = 0, got;
        uint64_t result = compare(&plain, rax, &want);

        got = ~want & FLAGS_ARITH;
        pte_write(pte_machine((uint64_t)a, 1), plain);
        wrong += compare(pte, rax, &got) != result || ((want ^ got) & FLAGS_ARITH) || *pte != plain;
    }
    ktap_equal("cmpxchg gives the flags and rax of one that does not trap", wrong, 0);
}

void test_main(void)
{
    uint64_t old, value_b, value_a, *at;
    uint8_t flag;

    a = page_alloc();
    b = page_alloc();
    edge = (char *)page_alloc() + PAGE_SIZE - 4;
    va_map((uint64_t)page_alloc(), 0);
    a[0] = 'a';
    b[0] = 'b';
    pte = pte_of((uint64_t)a, 1);
    old = *pte;
    value_a = pte_for(a, RW);
    value_b = pte_for(b, RW);
    STORE("mov to memory before the assist is on", "mov %1, %0", : "+m"(*pte) : "r"(value_b) : "memory");
    ktap_equal("took effect", PTE_MFN(*pte), virt_to_mfn(b));
    pte_write(pte_machine((uint64_t)a, 1), value_a);
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
    STORE("lock btc by a register", "lock btcq %1, %0", : "+m"(*pte) : "r"(1ul) : "memory", "cc");
    ktap_equal("took it again", *pte & PTE_RW, 0);
    STORE("add", "addq %1, %0", : "+m"(*pte) : "r"(2ul) : "memory", "cc");
    ktap_equal("gave it back", *pte & PTE_RW, PTE_RW);
    at = pte;
    STORE("stos", "stosq", : "+D"(at) : "a"(value_b) : "memory");
    ktap_equal("took effect", PTE_MFN(*pte), virt_to_mfn(b));
    ktap_equal("and moved on", (uint64_t)at, (uint64_t)(pte + 1));
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
    test_forms();
    test_compare_flags();
    expect("disable", hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
    STORE("mov to memory all the same", "movq $0, %0", : "+m"(*pte) : : "memory");
    ktap_equal("took effect", *pte, 0);
}
