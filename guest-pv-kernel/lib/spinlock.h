/* SPDX-License-Identifier: MIT
 * A lock between cpus that also keeps this one's interrupts out. Invariant: whoever holds one has
 * interrupts off, so an interrupted context never holds one and may be preempted. Lock order, first
 * to last: pipe, console input > process table > frame, console output. */
#ifndef LIB_SPINLOCK_H
#define LIB_SPINLOCK_H

#include "arch/seam.h"

#define SPINS 1000 /* tries before giving the processor away */

struct spinlock {
    uint8_t taken;
};

static inline bool spin_lock(struct spinlock *l)
{
    bool irq = irq_save();

    while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE))
        for (unsigned spins = 0; __atomic_load_n(&l->taken, __ATOMIC_RELAXED); spins++) {
            __builtin_ia32_pause();
            if (spins % SPINS == SPINS - 1)
                cpu_give_way();
        }
    return irq;
}

static inline void spin_unlock(struct spinlock *l, bool irq)
{
    __atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
    irq_restore(irq);
}

#endif
