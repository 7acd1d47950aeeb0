/* SPDX-License-Identifier: MIT
 * The seam: everything the kernel above arch/ may know of the machine it runs on. Here each name is
 * a hypercall or a shared-memory convention; on bare metal the same names would be an instruction.
 *
 *   here                                     on bare metal
 *   irq_disable, irq_enable, irq_save ...    cli, sti, pushf/popf     (a byte in vcpu_info)
 *   table_adopt, table_release               nothing                  (a table must be read-only)
 *   pte_make, pte_frame                      identity                 (pfn <-> mfn, p2m and M2P)
 *   pte_write, pte_queue, pte_flush          a store                  (mmu_update)
 *   tlb_flush_page, tlb_flush                invlpg, mov cr3          (mmuext_op)
 *   root_adopt, root_release, root_switch    mov cr3                  (pin, new_baseptr,
 * stack_switch)
 *   trap_setup                               lidt                     (set_trap_table, callback_op)
 *   user_return, in entry.S                  iretq                    (iret)
 *   clock_*                                  rdtsc, APIC timer        (pvclock page, vcpu_op)
 *   cpu_idle, cpu_kick, cpu_start_all        hlt, IPI, INIT-SIPI      (sched_op, event channels,
 * vcpu_op)
 *   console_*                                16550                    (console_io, console ring)
 *   machine_poweroff, machine_reboot         ACPI, port 0xcf9         (sched_op shutdown)
 */
#ifndef ARCH_SEAM_H
#define ARCH_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/cpu_info.h"
#include "arch/layout.h"

struct process;

/* One per vcpu, found through %gs:0. The hypervisor writes `info`: it is registered as vcpu_info,
 * so that masking events is one %gs-relative store no preemption can split. */
struct cpu {
    struct cpu *self;            /* %gs:0 */
    struct process *current;     /* who runs here */
    struct process *idle;        /* runs when nobody else can */
    uint64_t slice_end;          /* when current is preempted, in clock_now() time */
    unsigned id;
    bool online;
    bool need_resched;           /* set by handlers, acted on before return */
    uint16_t timer_port, ipi_port;
    cpu_info info __attribute__((aligned(64)));
    uint64_t upcalls, switches;  /* statistics */
} __attribute__((aligned(256)));

_Static_assert(offsetof(struct cpu, info.evtchn_upcall_pending) == CPU_UPCALL_PENDING, "layout.h");
_Static_assert(offsetof(struct cpu, info.evtchn_upcall_mask) == CPU_UPCALL_MASK, "layout.h");

extern struct cpu cpus[MAX_CPUS];
extern unsigned cpu_count;

static inline struct cpu *this_cpu(void)
{
    struct cpu *c;

    __asm__ volatile("movq %%gs:0, %0" : "=r"(c));
    return c;
}

/* ---- interrupt flag ---- */
void irq_force_upcall(void);

static inline void irq_disable(void)
{
    __asm__ volatile("movb $1, %%gs:%c0" ::"i"(CPU_UPCALL_MASK) : "memory");
}

/* Unmask, then look: an event that came while masked is not delivered by itself, so ask for it.
 * Being preempted between the two only means somebody else has looked already. */
static inline void irq_enable(void)
{
    bool pending;

    __asm__ volatile("movb $0, %%gs:%c0" ::"i"(CPU_UPCALL_MASK) : "memory");
    __asm__ volatile("cmpb $0, %%gs:%c1"
                     : "=@ccne"(pending)
                     : "i"(CPU_UPCALL_PENDING)
                     : "memory");
    if (pending)
        irq_force_upcall();
}

static inline bool irq_enabled(void)
{
    bool on;

    __asm__ volatile("cmpb $0, %%gs:%c1" : "=@cce"(on) : "i"(CPU_UPCALL_MASK) : "memory");
    return on;
}

static inline bool irq_save(void)
{
    bool was = irq_enabled();

    irq_disable();
    return was;
}

static inline void irq_restore(bool was)
{
    if (was)
        irq_enable();
}

/* ---- traps ---- */
/* What entry.S leaves on the kernel stack; the last five are what the hypervisor pushed. */
struct regs {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error, rip;
    union {
        uint64_t cs_slot;
        struct {
            uint16_t cs;
            uint16_t cs_pad;
            uint8_t saved_mask; /* upcall mask of the interrupted context */
        };
    };
    uint64_t rflags, rsp, ss;
};

_Static_assert(offsetof(struct regs, rip) == 136 && sizeof(struct regs) == 176, "entry.S");

#define REGS_VECTOR_EVENT 32
#define REGS_VECTOR_SYSCALL 33

static inline bool regs_from_user(const struct regs *r)
{
    return (r->cs & 3) == 3;
}

void trap_setup(void);
void user_return(void) __attribute__((noreturn)); /* entry.S: leaves through struct regs at rsp */
void regs_set_user(struct regs *r, uint64_t rip, uint64_t rsp);
void regs_dump(const struct regs *r);
void regs_capture(struct regs *r); /* the caller's own */

/* Copies that survive a bad user address; false when they met one. */
bool user_copy_in(void *to, uint64_t from, size_t n);
bool user_copy_out(uint64_t to, const void *from, size_t n);

/* ---- FPU: the same instructions everywhere; the kernel itself never touches these registers
 * ---- */
static inline void fpu_save(uint8_t *area)
{
    __asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

static inline void fpu_restore(const uint8_t *area)
{
    __asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

/* ---- page tables ---- */
typedef uint64_t pte_t;
#define PTE_P 0x001UL
#define PTE_W 0x002UL
#define PTE_U 0x004UL
#define PTE_A 0x020UL
#define PTE_D 0x040UL
#define PTE_COW 0x200UL /* software bit: shared until somebody writes */
#define PTE_NX (1UL << 63)
#define PTE_FLAGS (0xfffUL | PTE_NX)

static inline void *frame_address(uint64_t pfn)
{
    return (void *)(DIRECT_BASE + (pfn << PAGE_SHIFT));
}

pte_t pte_make(uint64_t pfn, uint64_t flags);
uint64_t pte_frame(pte_t pte);
void pte_write(uint64_t table_pfn, unsigned index, pte_t value);
void pte_queue(uint64_t table_pfn, unsigned index, pte_t value); /* not seen before pte_flush */
void pte_flush(void);
void table_adopt(uint64_t pfn);   /* the frame is to be a page table: read-only from now on */
void table_release(uint64_t pfn); /* it is plain memory again */
void tlb_flush_page(uint64_t va);
void tlb_flush(void);

/* A process has two roots: the kernel's (everything) and the user's (slot 0 only), because both run
 * in ring 3 and only the root keeps the kernel's memory from the user. */
struct root {
    uint64_t kernel_pfn, user_pfn;
};
extern struct root kernel_root; /* user_pfn 0: no user half */

bool root_adopt(struct root *r, uint64_t l3_pfn); /* build, fill slot 0, pin */
void root_release(struct root *r);
void root_switch(const struct root *r, uint64_t stack_top); /* and the next kernel stack */

/* ---- time, in ns since the machine's boot ---- */
void clock_setup(void);
uint64_t clock_now(void);
uint64_t clock_wall_seconds(void);
void clock_set_timer(uint64_t deadline); /* one shot, on this cpu; in the past: at once */

/* ---- cpus ---- */
void cpu_idle(void);             /* called with interrupts off; returns after one came */
void cpu_give_way(void);         /* who holds the lock I want may not be running at all */
void cpu_kick(unsigned id);      /* make that cpu look at need_resched */
void cpu_start_all(void);

/* ---- console ---- */
void console_setup(void);
void console_write(const char *text, size_t n);
size_t console_read(char *to, size_t n); /* what has come, without waiting */

/* ---- machine ---- */
struct machine_facts {
    uint64_t pages;
    uint64_t ramdisk_pfn, ramdisk_bytes;
    char command_line[1024];
    char hypervisor[16];
    unsigned version_major, version_minor;
    bool domain0;
};
extern struct machine_facts machine;

void machine_poweroff(void) __attribute__((noreturn));
void machine_reboot(void) __attribute__((noreturn));
void machine_crash(void) __attribute__((noreturn));

/* What the kernel above gives to arch/. */
void kernel_main(void) __attribute__((noreturn));
void kernel_secondary(void) __attribute__((noreturn));
void kernel_timer(void);
void kernel_console_input(void);
void kernel_syscall(struct regs *r);
/* True when it is mended and the instruction may run again. */
bool kernel_user_fault(uint64_t va, bool write);
void kernel_user_exception(struct regs *r, uint64_t cr2);
void kernel_leave(struct regs *r); /* before every return: kill, reschedule */

#endif
