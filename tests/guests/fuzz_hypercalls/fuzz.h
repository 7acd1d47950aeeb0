/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the fuzzer share: the player, who is one vcpu and makes the calls; the arena it fights over; how it
 * picks an argument; and how it does something that may fault.
 */
#pragma once
#include "guest.h"

#define ARENA 96u /* pages; the last quarter prefer to be tables */
#define VCPUS 4u
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

extern struct player players[VCPUS];
extern uint8_t grant_window[2 * PAGE_SIZE];
extern uint8_t ours[1ul << 17];               /* a bit for each frame that is ours, of the first 4 GiB */
extern uint8_t arena[ARENA + 1][PAGE_SIZE];   /* lists of a billion end at the gap that follows */
extern uint64_t mfns[ARENA], max_mfn, shared_mfns[3];
extern unsigned int n_vcpus;                  /* that play */
extern domid_t own_domid;
extern struct trap_info traps[257];

/* player.c */
uint64_t random(struct player *r);
bool one_in(struct player *r, unsigned int n);
bool caught(struct frame *frame);
long call_code(struct player *r, const void *code, const uint64_t registers[14]);
long call_nr(struct player *r, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e);
bool store(struct player *r, uint64_t va, uint64_t value);
long fill(struct player *r, uint64_t va, uint8_t byte, size_t n);
void player_run(struct player *r); /* main.c; the assembly calls it */
extern char guard_iret[], guard_vcpu[], guard_spare[];
#define call(r, name, ...) call_nr(r, __HYPERVISOR_##name, CALL_ARGS_(__VA_ARGS__, 0, 0, 0, 0, 0))
#define CALL_ARGS_(a, b, c, d, e, ...) (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), (uint64_t)(e)

/* arguments.c */
unsigned int a_page(struct player *r);
unsigned int a_level(unsigned int page);
unsigned int a_table(struct player *r, unsigned int level);
uint64_t a_strange_mfn(struct player *r);
uint64_t a_mfn(struct player *r);
uint64_t a_boot_table(struct player *r);
uint64_t a_window(struct player *r);
uint64_t a_strange_va(struct player *r);
uint64_t a_va(struct player *r);
uint64_t a_target(struct player *r);
uint64_t a_number(struct player *r);
domid_t a_domid(struct player *r);
uint64_t a_pte(struct player *r);
uint64_t an_entry(struct player *r, unsigned int level);

/* The families, each a kind of call, in the file its subject has. */
/* page_tables.c */
void do_store(struct player *r);
void do_va_mapping(struct player *r);
void do_mmu_update(struct player *r);
void do_mmuext(struct player *r);
void do_build(struct player *r);
/* memory.c */
void do_memory(struct player *r);
/* grants.c */
void do_grants(struct player *r);
/* vcpus.c */
void do_descriptors(struct player *r);
void do_vcpu(struct player *r);
void do_callbacks(struct player *r);
void do_debugreg(struct player *r);
void do_traps(struct player *r);
void do_events(struct player *r);
/* calls.c */
void do_small(struct player *r);
void do_any(struct player *r);
void do_multicall(struct player *r);
/* instructions.c */
void do_instruction(struct player *r);
void do_iret(struct player *r);
