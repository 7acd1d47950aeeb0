/* SPDX-License-Identifier: MIT
 * How processes come and go: fork, exit, wait, kill. Invariant: a zombie keeps only its table slot
 * and its stack until the parent (or init) has waited for it. */
#include "device/terminal.h"
#include "lib/print.h"
#include "lib/string.h"
#include "process/abi.h"
#include "process/file.h"
#include "process/process.h"

static char stacks[MAX_PROCESSES][STACK_SIZE]
    __attribute__((aligned(STACK_SIZE), section(".bss.stacks")));
static int last_pid;
static struct process *init_process;

extern char stack_first[];
void thread_end(void);

/* The stack looks as if stack_swap had left it: six registers, then where to go, then struct
 * regs. */
static void process_prepare(struct process *p, void (*fn)(void))
{
    uint64_t *sp = (uint64_t *)process_regs(p);

    *--sp = (uint64_t)stack_first;
    *--sp = 0;            /* rbp */
    *--sp = (uint64_t)fn; /* rbx */
    sp -= 4;              /* r12..r15 */
    memset(sp, 0, 4 * sizeof(*sp));
    p->saved_sp = (uint64_t)sp;
}

/* Every exception masked, as a processor starts: fcw 0x37f, mxcsr 0x1f80. */
void process_reset_fpu(struct process *p)
{
    memset(p->fpu, 0, sizeof(p->fpu));
    p->fpu[0] = 0x7f;
    p->fpu[1] = 0x03;
    p->fpu[24] = 0x80;
    p->fpu[25] = 0x1f;
}

struct process *process_new(void)
{
    bool irq = spin_lock(&process_lock);
    struct process *p = NULL;

    for (unsigned i = 0; i < MAX_PROCESSES && !p; i++)
        if (processes[i].state == PROCESS_FREE) {
            p = &processes[i];
            memset(p, 0, sizeof(*p));
            p->state = PROCESS_NEW;
            p->pid = ++last_pid;
            p->stack = stacks[i];
            process_reset_fpu(p);
        }
    spin_unlock(&process_lock, irq);
    return p;
}

static void process_make_ready(struct process *p)
{
    bool irq = spin_lock(&process_lock);

    schedule_ready(p);
    spin_unlock(&process_lock, irq);
}

struct process *process_thread(const char *name, void (*fn)(void))
{
    struct process *p = process_new();

    if (!p)
        return NULL;
    string_copy(p->name, name, sizeof(p->name));
    p->parent = current();
    process_prepare(p, fn);
    process_make_ready(p);
    return p;
}

void thread_end(void)
{
    process_exit(0);
}

int process_fork(void)
{
    struct process *parent = current(), *p = process_new();

    if (!p)
        return -E_AGAIN;
    if (!space_fork(&parent->space, &p->space)) {
        p->state = PROCESS_FREE;
        return -E_NOMEM;
    }
    p->has_space = true;
    *process_regs(p) = *process_regs(parent);
    process_regs(p)->rax = 0;
    for (unsigned i = 0; i < MAX_FILES; i++)
        p->files[i] = file_get(parent->files[i]);
    fpu_save(p->fpu);
    p->parent = parent;
    p->group = parent->group;
    p->catcher = parent->catcher;
    string_copy(p->name, parent->name, sizeof(p->name));
    process_prepare(p, NULL);
    process_make_ready(p);
    return p->pid;
}

/* From here on the process runs on the kernel's own root and its tables can go. */
static void process_drop_space(struct process *p)
{
    bool irq = irq_save();

    p->has_space = false;
    root_switch(&kernel_root, (uint64_t)p->stack + STACK_SIZE);
    irq_restore(irq);
    space_destroy(&p->space);
}

void process_exit(int status)
{
    struct process *p = current();

    if (p == init_process)
        panic("init ended with status %d", status);
    for (unsigned i = 0; i < MAX_FILES; i++) {
        file_put(p->files[i]);
        p->files[i] = NULL;
    }
    if (p->has_space)
        process_drop_space(p);
    spin_lock(&process_lock);
    for (unsigned i = 0; i < MAX_PROCESSES; i++)
        if (processes[i].parent == p)
            processes[i].parent = init_process;
    p->status = status;
    p->state = ZOMBIE;
    for (unsigned i = 0; i < MAX_PROCESSES; i++) /* a child given to init wakes it too */
        if (processes[i].state == SLEEPING && (processes[i].waits_for == &processes[i]) &&
            (&processes[i] == p->parent || &processes[i] == init_process))
            schedule_ready(&processes[i]);
    schedule();
    panic("a zombie runs");
}

int process_wait(int pid, int *status, bool block)
{
    struct process *me = current();
    bool irq = spin_lock(&process_lock);

    for (;;) {
        bool have = false;

        for (unsigned i = 0; i < MAX_PROCESSES; i++) {
            struct process *p = &processes[i];

            if (p->state == PROCESS_FREE || p->parent != me || (pid != -1 && p->pid != pid))
                continue;
            have = true;
            if (p->state == ZOMBIE) {
                int found = p->pid;

                *status = p->status;
                p->parent = NULL;
                p->state = PROCESS_FREE;
                spin_unlock(&process_lock, irq);
                return found;
            }
        }
        if (!have || !block || me->killed) {
            spin_unlock(&process_lock, irq);
            return !have ? -E_CHILD : block ? -E_AGAIN : 0;
        }
        me->waits_for = me; /* a child's exit names its parent */
        me->state = SLEEPING;
        schedule();
        me->waits_for = NULL;
    }
}

/* The victim dies on its next way out to user mode; a sleeper is woken to take it. */
static void process_kill_one(struct process *p)
{
    p->killed = true;
    if (p->state == SLEEPING)
        schedule_ready(p);
}

int process_kill(int pid)
{
    bool irq = spin_lock(&process_lock);
    int rc = -E_SRCH;

    for (unsigned i = 0; i < MAX_PROCESSES; i++)
        if (processes[i].state != PROCESS_FREE && processes[i].pid == pid) {
            rc = &processes[i] == init_process ? -E_PERM : 0;
            if (!rc)
                process_kill_one(&processes[i]);
        }
    spin_unlock(&process_lock, irq);
    return rc;
}

void process_kill_group(int group)
{
    bool irq = spin_lock(&process_lock);

    for (unsigned i = 0; group && i < MAX_PROCESSES; i++)
        if (processes[i].state != PROCESS_FREE && processes[i].group == group &&
            &processes[i] != init_process)
            process_kill_one(&processes[i]);
    spin_unlock(&process_lock, irq);
}

void process_start_init(void)
{
    struct process *p = process_new();
    char args[] = "sh";
    int rc;

    ensure(p);
    init_process = p;
    for (unsigned i = 0; i < 3; i++)
        p->files[i] = terminal_open();
    rc = process_exec(p, "sh", args, sizeof(args), 1);
    if (rc)
        panic("no shell in the ramdisk (%d); is there a ramdisk module?", rc);
    process_prepare(p, NULL);
    process_make_ready(p);
}
