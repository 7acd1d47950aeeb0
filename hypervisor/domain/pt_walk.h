/* SPDX-License-Identifier: MIT */
/*
 * Where a domain's one unfinished validation or teardown of page tables stands. All progress of long page-table work
 * is here and nowhere else: no frame carries a "partly done" flag. How it moves: pv/pt_walk.c.
 */
#ifndef PARAVANE_DOMAIN_PT_WALK_H
#define PARAVANE_DOMAIN_PT_WALK_H

#include "lib/types.h"
#include "memory/frame.h"

enum pt_walk_state {
    WALK_IDLE,
    WALK_VALIDATE, /* entries below next[] of each table on the stack hold references */
    WALK_UNDO,     /* validation met a bad entry: give back what the stack holds, then WALK_FAILED */
    WALK_TEARDOWN, /* a table lost its last type reference: put its entries */
    WALK_READY,    /* validated; the walk holds one type reference until the hypercall that wanted it claims it */
    WALK_FAILED    /* refused; the hypercall that wanted it fetches the reason */
};

struct pt_walk {
    enum pt_walk_state state;
    uint8_t depth;            /* tables on the stack */
    mfn_t table[5];
    uint16_t next[5];
    enum frame_type want;     /* type of table[0] */
    mfn_t root;               /* table[0] of the walk that ended in READY or FAILED */
    struct vcpu *initiator;
    uint32_t refusal;         /* WALK_FAILED: row and values */
    uint32_t refusal_n;
    uint64_t refusal_value[6];
    mfn_t backlog;            /* tables that wait for WALK_TEARDOWN, linked through struct frame or as pv/pt_walk.c needs */
};

#endif
