/* SPDX-License-Identifier: MIT */
/*
 * Test-and-set lock. Interrupts are always off in the hypervisor, so a waiter cannot take a TLB flush
 * request by IPI: it answers such requests itself while it spins (spin_poll), or two pcpus could wait for each
 * other for ever.
 *
 * Lock order, outermost first: domain list, a domain's mm_lock, timers, console pump, evtchn lock, a grant table,
 * scheduler, a domain's page list, heap, console. No two of one rank are held at once;
 * only the recount has all mm_locks, and it tries.
 */
#pragma once

#include "lib/types.h"

typedef struct {
    volatile uint32_t held;
} spinlock_t;

void spin_poll(void); /* machine/tlb.c: pause, and serve flush requests posted to this pcpu */

static inline bool spin_trylock(spinlock_t *l)
{
    return !__atomic_exchange_n(&l->held, 1, __ATOMIC_ACQUIRE);
}

/* Out of the way of those who need not wait. */
static __attribute__((noinline, cold)) UNUSED void spin_wait(spinlock_t *l)
{
    do {
        while (l->held)
            spin_poll();
    } while (!spin_trylock(l));
}

static inline void spin_lock(spinlock_t *l)
{
    if (unlikely(!spin_trylock(l)))
        spin_wait(l);
}

static inline void spin_unlock(spinlock_t *l)
{
    __atomic_store_n(&l->held, 0, __ATOMIC_RELEASE);
}

static inline void spin_guard_end(spinlock_t **l)
{
    spin_unlock(*l);
}

/* Holds the lock from here to the end of the block, whichever way that is left. */
#define SPIN_GUARD(lock)                                                                           \
    spinlock_t *guard_ __attribute__((cleanup(spin_guard_end))) = (lock);                          \
    spin_lock(guard_)
