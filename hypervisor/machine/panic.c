/* SPDX-License-Identifier: MIT */
/*
 * See panic.h. There are no frame pointers: the backtrace lists what on the stack looks like a
 * return address (it lies in our text, right behind a call), so it may show a stale one, but never
 * leaves one out.
 */
#include "machine/panic.h"
#include "lib/format.h"
#include "lib/string.h"
#include "machine/apic.h"
#include "machine/insn.h"
#include "machine/layout.h"
#include "machine/pcpu.h"
#include "machine/power.h"
#include "machine/printk.h"

#define BACKTRACE_MAX 24

/* Linker script, and symbols.awk between two links. */
extern const char image_start[], image_rodata[], symbol_names[];
extern const uint32_t symbol_offsets[], symbol_count;

void (*panic_context_hook)(void);

static uint32_t panicking; /* pcpu number + 1 of the one that reports */

static bool in_text(uint64_t address)
{
    return address >= (uint64_t)image_start && address < (uint64_t)image_rodata;
}

static bool is_indirect_call(const uint8_t *p)
{
    return p[0] == 0xff && (p[1] & 0x38) == 0x10;
}

/* call rel32, or an indirect call of 2, 3, 6 or 7 bytes. */
static bool follows_call(uint64_t address)
{
    const uint8_t *p = (const uint8_t *)address;

    return in_text(address) && in_text(address - 7) &&
           (p[-5] == 0xe8 || is_indirect_call(p - 2) || is_indirect_call(p - 3) ||
            is_indirect_call(p - 6) || is_indirect_call(p - 7));
}

static void print_place(const char *what, uint64_t address)
{
    const char *name = symbol_names;
    uint32_t offset = (uint32_t)(address - (uint64_t)image_start), i = 0;

    for (; i + 1 < symbol_count && symbol_offsets[i + 1] <= offset; i++)
        name += strlen(name) + 1;
    if (in_text(address))
        log_error("  %s %016lx %s+0x%x", what, address, name, offset - symbol_offsets[i]);
    else
        log_error("  %s %016lx ?", what, address);
}

/* Stack words from rsp to the end of its page group: never across a guard page. */
static void print_backtrace(uint64_t rsp)
{
    uint64_t page = (rsp & (PCPU_REGION_SIZE - 1)) / 4096, end;
    unsigned int shown = 0;

    if (rsp - PCPU_AREA >= PCPU_REGION_SIZE * PCPU_MAX)
        return;
    if (page < PCPU_MAIN_STACK && !(page & 1)) { /* overflown: begin where the stack does */
        rsp = align_down(rsp, 4096ul) + 4096;
        page++;
    }
    end = page < PCPU_MAIN_STACK ? align_down(rsp, 4096ul) + 4096 : (uint64_t)this_cpu();
    for (uint64_t at = align_up(rsp, 8ul); at < end && shown < BACKTRACE_MAX; at += 8) {
        uint64_t word = *(uint64_t *)at;

        if (follows_call(word)) {
            print_place("called from", word);
            shown++;
        }
    }
}

void panic_print_regs(const struct regs *r)
{
    static const char names[][4] = {"r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10",
                                    " r9", " r8", "rax", "rcx", "rdx", "rsi", "rdi"};
    const uint64_t *values = &r->r15;

    log_error("  rip %016lx cs %04x rflags %016lx vector %u error %x", r->rip, r->cs, r->rflags, r->entry_vector,
              r->error_code);
    log_error("  rsp %016lx ss %04x cr2 %016lx cr3 %016lx", r->rsp, r->ss, read_cr2(), read_cr3());
    for (unsigned int i = 0; i < ARRAY_SIZE(names); i += 3)
        log_error("  %s %016lx %s %016lx %s %016lx", names[i], values[i], names[i + 1], values[i + 1], names[i + 2],
                  values[i + 2]);
}

/* Only those that are ours: a pcpu that firmware has parked could not take an NMI, and would reset
 * the machine. */
static void stop_others(void)
{
    for (uint32_t cpu = 0; cpu < pcpu_count; cpu++) {
        if (cpu != this_cpu()->id && pcpu_online_mask >> cpu & 1)
            apic_send(pcpu_of(cpu)->apic_id, APIC_NMI);
    }
}

/* The first time tells all; a panic in that, only what it is; one in that, nothing. */
static void tell(const struct regs *regs, const char *text)
{
    static unsigned int depth;

    if (++depth == 2)
        log_error("PANIC in a panic on pcpu %u: %s", this_cpu()->id, text);
    if (depth > 1)
        return;
    log_error("PANIC on pcpu %u: %s", this_cpu()->id, text);
    if (regs) {
        panic_print_regs(regs);
        print_place("at         ", regs->rip);
    }
    print_backtrace(regs ? regs->rsp : (uint64_t)__builtin_frame_address(0));
    if (panic_context_hook)
        panic_context_hook();
}

void NORETURN panic_at(const struct regs *regs, const char *fmt, ...)
{
    uint32_t me = this_cpu()->id + 1, before = 0;
    char text[200];
    va_list ap;

    if (!__atomic_compare_exchange_n(&panicking, &before, me, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
        before != me)
        halt_forever(); /* another pcpu is telling its story */
    if (!before)
        stop_others();
    console_panic();
    va_start(ap, fmt);
    format_va(text, sizeof(text), fmt, ap);
    tell(regs, text);
    if (power_debug_port)
        power_off(POWER_PANIC);
    if (power_no_reboot)
        log_error("stopped (noreboot)");
    power_reset();
}

void NORETURN panic_trap(const struct regs *regs)
{
    static const char names[32][4] = {
        "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9",   "#TS",
        "#NP", "#SS", "#GP", "#PF", "15",  "#MF", "#AC", "#MC", "#XM", "#VE", "#CP",
    };
    uint64_t offset = read_cr2() - PCPU_AREA, page = offset % PCPU_REGION_SIZE / 4096;
    uint32_t vector = regs->entry_vector;

    if (vector == 8 && offset < PCPU_REGION_SIZE * PCPU_MAX && page < PCPU_MAIN_STACK && !(page & 1))
        panic_at(regs, "stack overflow: guard page %lu of pcpu %lu was touched", page, offset / PCPU_REGION_SIZE);
    panic_at(regs, "%s in the hypervisor", vector < 32 ? names[vector] : "unexpected vector");
}

void panic_nmi(const struct regs *regs)
{
    if (read_once(panicking) && panicking != this_cpu()->id + 1)
        halt_forever();
    if (!read_once(panicking) && !console_held()) /* by what it interrupted, perhaps: then it would wait for ever */
        log_warning("NMI at %lx", regs->rip);
}
