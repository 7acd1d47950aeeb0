/* SPDX-License-Identifier: MIT */
/*
 * Where a domain's one unfinished validation or teardown of page tables stands. All progress of long page-table work
 * is here and nowhere else: no frame carries a "partly done" flag. How it moves: pv/pt_walk.c.
 */
#pragma once

#include "lib/types.h"
#include "memory/frame.h"

#define PT_WALK_DEPTH 3 /* an l4, an l3 and an l2; an l1 is done in one go */
#define PT_WALK_DEBTS 4

enum pt_walk_state {
    WALK_IDLE,
    WALK_VALIDATE, /* going down: entries below next[] of each table on the stack hold references */
    WALK_UNWIND    /* giving back, from next[] - 1 to 0 of the topmost table: a teardown, or a validation that failed */
};

struct pt_walk {
    enum pt_walk_state state;
    uint8_t depth;                     /* tables on the stack; each holds one reference and one type reference */
    uint16_t next[PT_WALK_DEPTH];
    mfn_t table[PT_WALK_DEPTH];

    /* The last validation, and when it is over what came of it: kept until the call that asked for it fetches it. */
    mfn_t root;                        /* 0: none */
    enum frame_type type;
    struct vcpu *initiator;
    bool over;
    long refused;                      /* the negative errno; 0, and over: a reference and a type reference are held */
    uint32_t refusal;                  /* its row, to be told when it is fetched */
    uint64_t refusal_value[6];

    /* Tables that lost their last user: each is held by one reference and one type reference until torn down. */
    uint8_t debts;
    mfn_t debt[PT_WALK_DEBTS];
};
