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

    /* The hypercall that asked for a validation, and what came of it. One result is kept until it is fetched. */
    struct vcpu *initiator;
    mfn_t want_root;                   /* of the running validation (also while it unwinds); 0: none */
    enum frame_type want_type;

    mfn_t result_root;                 /* 0: no result */
    enum frame_type result_type;
    struct vcpu *result_for;
    bool result_ok;                    /* the result holds a reference and a type reference to result_root */
    long result_errno;                 /* not ok: why, to be told when it is fetched */
    uint32_t refusal, refusal_n;
    uint64_t refusal_value[6];

    /* Tables that lost their last user: each is held by one reference and one type reference until torn down. */
    uint8_t debts;
    mfn_t debt[PT_WALK_DEBTS];
};
