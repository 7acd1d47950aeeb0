/* SPDX-License-Identifier: MIT */
/* The teaching kernel, all of it: what each file offers the others. */
#pragma once
#ifdef __ASSEMBLER__
#define UL(x) x
#else
#define UL(x) x##ul
#endif
#define PAGE_SIZE UL(4096)
#define VIRT_BASE UL(0xffffffff80000000) /* where physical address 0 is mapped */
#define USER_TEXT UL(0x400000)
#define USER_STACK UL(0x800000)          /* its upper end; pages come on demand */
#define DEMAND UL(0xffffffffc0000000)    /* kernel pages that come on demand */
#define DEMAND_SIZE UL(0x1000000)

#define TIMER 32   /* our callbacks, beyond the processor's vectors */
#define SYSCALL 33

#define TRAP_STACK_SIZE 8192

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame { /* as entry.S pushes it, low to high */
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

/* string.c */
void *memset(void *to, int byte, size_t n);

/* console.c */
void print(const char *format, ...); /* %s, %u (64 bits), %x (64 bits) */
void panic(const char *format, ...) __attribute__((noreturn));
void power_off(void) __attribute__((noreturn));

/* trap.c, entry.S */
void trap_init(void);
void trap(struct frame *frame);
void trap_return(void);
long user_run(struct frame *frame);                           /* until user_leave(value) */
void user_leave(long value) __attribute__((noreturn));
extern char trap_stubs[], trap_stack[];

/* paging.c */
extern uint64_t *boot_root;
void paging_init(void);
void *page_alloc(void);
void page_free(void *page);
unsigned int pages_free(void);
void map(uint64_t *root, uint64_t va, void *page, uint64_t flags);
void unmap(uint64_t *root, uint64_t va);
bool paging_fault(uint64_t va);                               /* true: there is a page now */
uint64_t *space_new(void);
void space_load(uint64_t *root);
void space_free(uint64_t *root);
enum { PTE_P = 1, PTE_W = 2, PTE_U = 4 };

/* timer.c */
void timer_init(void);
void timer_interrupt(void);
void timer_wait(uint64_t ticks);
extern volatile uint64_t ticks;

/* user.c */
void user_init(void);
long user_program(void);
long syscall(uint64_t number, uint64_t a, uint64_t b);
extern char user_text[], user_text_end[];
#endif
