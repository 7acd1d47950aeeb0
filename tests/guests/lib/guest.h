/* SPDX-License-Identifier: MIT */
/*
 * What a tiny PV guest is written with. One guest is one main.c with a test_main(); its results are KTAP
 * lines on the hypervisor's console. Faults become values: TRY("instruction", operands) gives back the
 * exception it raised, or vector NO_TRAP. Single vcpu unless vcpu_start() is called.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/nmi.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/errno.h>

#define PAGE_SIZE 4096ul
#define VIRT_BASE 0xffffffff80000000ul
#define HYPERVISOR_START 0xffff800000000000ul
#define HYPERVISOR_TEXT 0xffff810000000000ul /* reserved, and never the guest's to touch */
#define UNMAPPED 0xffffc00000000000ul /* guest half, nothing there */
#define NON_CANONICAL 0x800000000000ul
#define M2P ((const volatile uint64_t *)HYPERVISOR_START)

#define PTE_P 0x001ul
#define PTE_RW 0x002ul
#define PTE_USER 0x004ul
#define PTE_PWT 0x008ul
#define PTE_PCD 0x010ul
#define PTE_A 0x020ul
#define PTE_D 0x040ul
#define PTE_PSE 0x080ul
#define PTE_GLOBAL 0x100ul
#define PTE_AVAIL 0xe00ul
#define PTE_NX (1ul << 63)
#define PTE_MFN(pte) (((pte) & 0x000ffffffffff000ul) >> 12)
#define RW (PTE_P | PTE_RW | PTE_USER | PTE_A | PTE_D)
#define RO (PTE_P | PTE_USER | PTE_A)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define STRING_(x) #x
#define STRING(x) STRING_(x)
#define page_aligned __attribute__((aligned(4096)))

/* ---- hypercalls ---- */
extern char hypercall_page[4096];

static inline long hypercall_nr(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    register uint64_t r10 __asm__("r10") = a4;
    register uint64_t r8 __asm__("r8") = a5;
    uint64_t target = (uint64_t)hypercall_page + nr * 32;

    __asm__ volatile("call *%0"
                     : "+a"(target), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                     :
                     : "rcx", "r11", "memory");
    return (long)target;
}
/* hypercall(mmu_update, &request, 1, NULL, DOMID_SELF): missing arguments are zero. */
#define hypercall(...) HYPERCALL_(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define HYPERCALL_(name, a, b, c, d, e, ...)                                                       \
    hypercall_nr(__HYPERVISOR_##name, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d),  \
                 (uint64_t)(e))
long hypercall_syscall(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3);

/* ---- printing and results ---- */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool ktap_ok(const char *name, bool good);
bool ktap_equal(const char *name, uint64_t got, uint64_t want);
bool expect(const char *name, long rc, long want);
void ktap_skip(const char *name, const char *why);
#define expect_ok(name, rc) expect(name, rc, 0)
#define expect_errno(name, rc, error) expect(name, rc, error)
void guest_exit(unsigned int reason) __attribute__((noreturn));
void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* ---- what the boot left ---- */
extern start_info_t *start_info;
extern shared_info_t *shared_info;
#define p2m ((uint64_t *)start_info->mfn_list)
static inline struct vcpu_info *vcpu0(void) { return &shared_info->vcpu_info[0]; }
const char *guest_argument(const char *name); /* text after "name=" in the command line, or NULL */

/* ---- traps ---- */
enum { NO_TRAP = -1, BY_EVENT = 256, BY_FAILSAFE, BY_SYSCALL, BY_SYSCALL32, BY_SYSENTER, BY_NMI };
struct frame { /* as start.S builds it, low to high */
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error, rip;
    uint32_t cs, saved_mask; /* saved_mask: the upcall mask the hypervisor put above cs */
    uint64_t rflags, rsp, ss;
};
struct trap {
    long vector;
    uint64_t error, cr2;
    struct frame frame;
    uint8_t mask_inside; /* the upcall mask while the handler ran */
};
extern volatile uint64_t trap_resume;
extern struct trap trap_seen;
extern bool (*trap_hook)(struct frame *); /* sees every entry first; true: handled, return to the frame */
extern uint64_t failsafe_selectors[4];
extern uint64_t iret_flags; /* fourth word of the iret frame */
void trap_table_install(uint8_t flags);
#define TRY(instruction, ...)                                                                      \
    ({                                                                                             \
        trap_seen.vector = NO_TRAP;                                                                \
        __asm__ volatile("movq $771f, trap_resume\n\t" instruction                                 \
                         "\n771:\tmovq $0, trap_resume" __VA_ARGS__);                               \
        *(volatile struct trap *)&trap_seen;                                                       \
    })
bool expect_trap(const char *name, struct trap seen, int vector, uint64_t error);
#define expect_no_trap(name, seen) expect_trap(name, seen, NO_TRAP, 0)
struct trap try_read(uint64_t va);
struct trap try_write(uint64_t va, uint64_t value);
extern char trap_stubs[], event_entry[], failsafe_entry[], syscall_entry[], syscall32_entry[],
    sysenter_entry[], nmi_entry[];
#define TRAP_STUB(vector) ((uint64_t)trap_stubs + 32 * (uint64_t)(vector))
void frame_enter(struct frame *frame) __attribute__((noreturn));

/* ---- user mode: run code at rip in ring 3 "user" with the user root; value given to user_return ---- */
void user_root_install(void);
void user_frame(struct frame *frame, void (*code)(void));
long user_call(struct frame *frame);
void user_return(long value) __attribute__((noreturn));

/* ---- frames and page tables ---- */
void *page_alloc(void); /* a zeroed page of our own, mapped writable */
static inline uint64_t virt_to_pfn(const void *p) { return ((uint64_t)p - VIRT_BASE) / PAGE_SIZE; }
static inline uint64_t virt_to_mfn(const void *p) { return p2m[virt_to_pfn(p)]; }
static inline void *mfn_to_virt(uint64_t mfn) { return (void *)(VIRT_BASE + M2P[mfn] * PAGE_SIZE); }
uint64_t *pte_of(uint64_t va, int level); /* where the entry of va is mapped (read-only), or NULL */
uint64_t pte_machine(uint64_t va, int level); /* its machine address */
long pte_write(uint64_t machine_address, uint64_t value); /* mmu_update, one normal request */
long va_map(uint64_t va, uint64_t pte); /* update_va_mapping with a local flush of that page */
long page_readonly(void *page);
long page_writable(void *page);
uint64_t pte_for(const void *page, uint64_t flags);
long mmuext(unsigned int command, uint64_t mfn);
long pin(int level, const void *table);
long unpin(const void *table);
uint64_t mfn_not_ours(void); /* RAM that belongs to the hypervisor or to nobody */
#define MFN_BEYOND 0x7ffffffffful /* where no RAM is */
uint64_t *root_copy(void); /* a new l4, read-only and unpinned: same kernel half as the boot root */
static inline uint64_t *boot_root(void) { return (uint64_t *)start_info->pt_base; }
bool map_new_va(uint64_t va, uint64_t pte); /* builds the tables above a fresh va, pinned by being linked */

/* ---- events and vcpus ---- */
extern volatile uint64_t events_seen[64]; /* count per port, by the event upcall */
extern volatile uint64_t upcalls;
void events_install(void);
void events_enable(void); /* clear the mask and take what is pending */
void events_disable(void);
bool event_wait(unsigned int port, uint64_t at_least, uint64_t milliseconds);
uint64_t time_ns(void);
void vcpu_context(struct vcpu_guest_context *context, void (*code)(void), unsigned int stack);
long vcpu_start(unsigned int vcpu, void (*code)(void));
bool wait_for(volatile uint64_t *word, uint64_t value, uint64_t milliseconds);
