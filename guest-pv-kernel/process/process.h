/* SPDX-License-Identifier: MIT
 * A process: a kernel stack, an address space, open files. Threads of the kernel are processes
 * without an address space. Everything in struct process that others look at is guarded by
 * process_lock. */
#ifndef PROCESS_PROCESS_H
#define PROCESS_PROCESS_H

#include "arch/seam.h"
#include "lib/spinlock.h"
#include "memory/space.h"

#define MAX_PROCESSES 48
#define MAX_FILES 16
#define SLICE_NS 10000000UL

struct file;

enum process_state { PROCESS_FREE, PROCESS_NEW, READY, RUNNING, SLEEPING, ZOMBIE };

struct process {
    enum process_state state;
    int pid, group;
    struct process *parent;
    const void *waits_for;       /* any address names a reason to sleep */
    uint64_t wake_at;            /* or this time; 0: never */
    bool killed;
    int status;                  /* for the parent's wait */
    uint8_t cpu;                 /* where it ran last */
    bool has_space;
    struct space space;
    uint64_t saved_sp;           /* kernel stack while not running */
    char *stack;
    struct file *files[MAX_FILES];
    uint64_t catcher;            /* user's exception handler, 0: none */
    uint64_t cpu_ns, ran_from;
    char name[24];
    uint8_t fpu[512] __attribute__((aligned(16)));
};

extern struct process processes[MAX_PROCESSES];
extern struct spinlock process_lock;

static inline struct process *current(void)
{
    struct process *p;

    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(p) : "i"(offsetof(struct cpu, current)));
    return p;
}

static inline struct regs *process_regs(struct process *p)
{
    return (struct regs *)(p->stack + STACK_SIZE) - 1;
}

/* schedule.c */
void schedule_setup_cpu(void);                 /* what runs now becomes this cpu's idle thread */
void schedule_idle(void) __attribute__((noreturn));
void schedule(void);                           /* process_lock held; the state says why */
void schedule_ready(struct process *p);        /* process_lock held */
void process_yield(void);
/* Sleep until woken for `reason` or the time comes; gives `lock` up meanwhile. */
void process_sleep(const void *reason, struct spinlock *lock, uint64_t wake_at);
void process_wake(const void *reason);

/* lifecycle.c */
struct process *process_new(void);             /* with a stack, state PROCESS_NEW, or NULL */
void process_reset_fpu(struct process *p);
struct process *process_thread(const char *name, void (*fn)(void));
int process_fork(void);
void process_exit(int status) __attribute__((noreturn));
int process_wait(int pid, int *status, bool block);
int process_kill(int pid);
void process_kill_group(int group);
void process_start_init(void);

/* exec.c */
int process_exec(struct process *p, const char *path, char *args, size_t args_size, int argc);

#endif
