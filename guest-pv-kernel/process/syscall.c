/* SPDX-License-Identifier: MIT
 * System calls: one function each, a table made from process/abi.h. User pointers are integers here
 * and are touched only by user_copy_in and user_copy_out. */
#include "bench/run.h"
#include "arch/report.h"
#include "bench/run.h"
#include "device/ramdisk.h"
#include "device/terminal.h"
#include "lib/print.h"
#include "lib/string.h"
#include "memory/frame.h"
#include "process/abi.h"
#include "process/file.h"
#include "process/process.h"
#include "selftest/selftest.h"

typedef long (*syscall_handler)(uint64_t a, uint64_t b, uint64_t c);

#define UNUSED(x) (void)(x)

static bool user_string(char *to, uint64_t from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!user_copy_in(&to[i], from + i, 1))
            return false;
        if (!to[i])
            return true;
    }
    return false;
}

static struct file *fd_file(uint64_t fd)
{
    return fd < MAX_FILES ? current()->files[fd] : NULL;
}

static long fd_install(struct file *f)
{
    for (unsigned i = 0; i < MAX_FILES; i++)
        if (!current()->files[i]) {
            current()->files[i] = f;
            return i;
        }
    file_put(f);
    return -E_MFILE;
}

static long sys_exit(uint64_t status, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    process_exit((int)(status & 255));
}

static long sys_fork(uint64_t a, uint64_t b, uint64_t c)
{
    UNUSED(a), UNUSED(b), UNUSED(c);
    return process_fork();
}

static long sys_exec(uint64_t path, uint64_t argv, uint64_t c)
{
    uint64_t pfn = frame_alloc();
    char name[64], *args = frame_address(pfn);
    size_t used = 0;
    int argc = 0;
    long rc = pfn ? 0 : -E_NOMEM;

    UNUSED(c);
    if (!rc && !user_string(name, path, sizeof(name)))
        rc = -E_FAULT;
    for (; !rc; argc++) {
        uint64_t from;

        if (!user_copy_in(&from, argv + (uint64_t)argc * 8, 8))
            rc = -E_FAULT;
        else if (!from)
            break;
        else if (argc == 64 || !user_string(args + used, from, 2048 - used))
            rc = -E_2BIG;
        else
            used += strlen(args + used) + 1;
    }
    if (!rc)
        rc = process_exec(current(), name, args, used, argc);
    frame_put(pfn);
    return rc ? rc : argc; /* argc: what rdi, and so rax, shall be */
}

static long sys_wait(uint64_t pid, uint64_t status, uint64_t flags)
{
    int value = 0, rc = process_wait((int)pid, &value, !(flags & WAIT_NOBLOCK));

    if (rc > 0 && status && !user_copy_out(status, &value, sizeof(value)))
        return -E_FAULT;
    return rc;
}

static long sys_kill(uint64_t pid, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    return process_kill((int)pid);
}

static long sys_getpid(uint64_t a, uint64_t b, uint64_t c)
{
    UNUSED(a), UNUSED(b), UNUSED(c);
    return current()->pid;
}

static long sys_yield(uint64_t a, uint64_t b, uint64_t c)
{
    UNUSED(a), UNUSED(b), UNUSED(c);
    process_yield();
    return 0;
}

static long sys_sleep(uint64_t ns, uint64_t b, uint64_t c)
{
    uint64_t until = clock_now() + ns;

    UNUSED(b), UNUSED(c);
    while (clock_now() < until && !current()->killed)
        process_sleep(NULL, NULL, until);
    return 0;
}

static long sys_sbrk(uint64_t bytes, uint64_t b, uint64_t c)
{
    struct space *s = &current()->space;
    uint64_t old = s->brk;

    UNUSED(b), UNUSED(c);
    if ((int64_t)bytes < 0 || bytes > USER_END / 2 || old + bytes > USER_END / 2 + USER_END / 4)
        return -E_NOMEM;
    s->brk += bytes;
    return (long)old;
}

static long sys_open(uint64_t path, uint64_t b, uint64_t c)
{
    char name[64];
    size_t size;
    const char *data;
    struct file *f;

    UNUSED(b), UNUSED(c);
    if (!user_string(name, path, sizeof(name)))
        return -E_FAULT;
    data = ramdisk_find(name[0] == '/' ? name + 1 : name, &size);
    if (!data)
        return -E_NOENT;
    f = file_new(FILE_RAMDISK);
    if (!f)
        return -E_MFILE;
    f->data = data;
    f->size = size;
    return fd_install(f);
}

static long sys_close(uint64_t fd, uint64_t b, uint64_t c)
{
    struct file *f = fd_file(fd);

    UNUSED(b), UNUSED(c);
    if (!f)
        return -E_BADF;
    current()->files[fd] = NULL;
    file_put(f);
    return 0;
}

static long sys_read(uint64_t fd, uint64_t to, uint64_t n)
{
    struct file *f = fd_file(fd);

    return f ? file_read(f, to, n) : -E_BADF;
}

static long sys_write(uint64_t fd, uint64_t from, uint64_t n)
{
    struct file *f = fd_file(fd);

    return f ? file_write(f, from, n) : -E_BADF;
}

static long sys_pipe(uint64_t to, uint64_t b, uint64_t c)
{
    struct file *ends[2];
    long fd[2];
    int out[2];

    UNUSED(b), UNUSED(c);
    if (!pipe_create(ends))
        return -E_MFILE;
    fd[0] = fd_install(ends[0]);
    fd[1] = fd_install(ends[1]);
    out[0] = (int)fd[0];
    out[1] = (int)fd[1];
    if (fd[0] >= 0 && fd[1] >= 0 && user_copy_out(to, out, sizeof(out)))
        return 0;
    for (unsigned i = 0; i < 2; i++)
        if (fd[i] >= 0)
            sys_close((uint64_t)fd[i], 0, 0);
    return fd[0] < 0 || fd[1] < 0 ? -E_MFILE : -E_FAULT;
}

static long sys_dup(uint64_t fd, uint64_t to, uint64_t c)
{
    struct file *f = fd_file(fd);

    UNUSED(c);
    if (!f || ((int)to != -1 && to >= MAX_FILES))
        return -E_BADF;
    if ((int)to == -1)
        return fd_install(file_get(f));
    if (to != fd) {
        file_put(current()->files[to]);
        current()->files[to] = file_get(f);
    }
    return (long)to;
}

static long sys_list(uint64_t index, uint64_t to, uint64_t c)
{
    struct file_info info = {0};
    const char *name;
    size_t size;

    UNUSED(c);
    if (!ramdisk_nth((unsigned)index, &name, &size))
        return 0;
    string_copy(info.name, name, sizeof(info.name));
    info.size = size;
    return user_copy_out(to, &info, sizeof(info)) ? 1 : -E_FAULT;
}

static long sys_terminal(uint64_t mode, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    terminal_mode((int)mode);
    return 0;
}

static long sys_group(uint64_t pid, uint64_t group, uint64_t c)
{
    bool irq = spin_lock(&process_lock);
    long rc = -E_SRCH;

    UNUSED(c);
    for (unsigned i = 0; i < MAX_PROCESSES; i++)
        if (processes[i].state != PROCESS_FREE && processes[i].pid == (int)pid) {
            processes[i].group = (int)group;
            rc = 0;
        }
    spin_unlock(&process_lock, irq);
    return rc;
}

static long sys_foreground(uint64_t group, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    terminal_foreground((int)group);
    return 0;
}

static long sys_time(uint64_t which, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    return (long)(which ? clock_wall_seconds() : clock_now());
}

static long sys_processes(uint64_t to, uint64_t count, uint64_t c)
{
    static const char letters[] = {' ', 'n', 'r', 'R', 's', 'z'};
    long n = 0;

    UNUSED(c);
    for (unsigned i = 0; i < MAX_PROCESSES && (uint64_t)n < count; i++) {
        const struct process *p = &processes[i];
        struct process_info info = {
            .pid = p->pid, .group = p->group, .state = letters[p->state], .cpu = p->cpu,
            .cpu_ns = p->cpu_ns + (p->state == RUNNING ? clock_now() - p->ran_from : 0),
            .pages = p->has_space ? p->space.pages : 0,
        };

        if (p->state == PROCESS_FREE)
            continue;
        info.parent = p->parent ? p->parent->pid : 0;
        string_copy(info.name, p->name, sizeof(info.name));
        if (!user_copy_out(to + (uint64_t)n * sizeof(info), &info, sizeof(info)))
            return -E_FAULT;
        n++;
    }
    return n;
}

static long sys_memory(uint64_t to, uint64_t b, uint64_t c)
{
    struct memory_info info = {machine.pages, frame_total_count(), frame_free_count(),
                               machine.ramdisk_bytes};

    UNUSED(b), UNUSED(c);
    return user_copy_out(to, &info, sizeof(info)) ? 0 : -E_FAULT;
}

static long sys_events(uint64_t port, uint64_t to, uint64_t c)
{
    struct event_info info = {0};
    long rc = report_event((uint32_t)port, &info);

    UNUSED(c);
    return rc ? rc : user_copy_out(to, &info, sizeof(info)) ? 0 : -E_FAULT;
}

static long sys_system(uint64_t to, uint64_t b, uint64_t c)
{
    struct system_info info = {
        .version_major = machine.version_major, .version_minor = machine.version_minor,
        .cpus = cpu_count, .domain0 = machine.domain0,
    };

    UNUSED(b), UNUSED(c);
    memcpy(info.hypervisor, machine.hypervisor, sizeof(info.hypervisor));
    string_copy(info.command_line, machine.command_line, sizeof(info.command_line));
    for (unsigned i = 0; i < cpu_count; i++) {
        info.upcalls += cpus[i].upcalls;
        info.switches += cpus[i].switches;
    }
    return user_copy_out(to, &info, sizeof(info)) ? 0 : -E_FAULT;
}

static long sys_power(uint64_t how, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    if (how == POWER_REBOOT)
        machine_reboot();
    if (how == POWER_CRASH)
        panic("process %d asked for it", current()->pid);
    machine_poweroff();
}

static long sys_catch(uint64_t handler, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    current()->catcher = handler < USER_END ? handler : 0;
    return 0;
}

/* The answer of calls that go through a list: 1 and what is there, 0 past its end. */
static long one_of_list(bool there, uint64_t to, const void *info, size_t size)
{
    if (!there)
        return 0;
    return user_copy_out(to, info, size) ? 1 : -E_FAULT;
}

static long test_call(uint64_t index, uint64_t to, bool run)
{
    struct test_info info = {0};
    bool there = selftest_run((unsigned)index, &info, run);

    return one_of_list(there, to, &info, sizeof(info));
}

static long sys_selftest_name(uint64_t index, uint64_t to, uint64_t c)
{
    UNUSED(c);
    return test_call(index, to, false);
}

static long sys_selftest(uint64_t index, uint64_t to, uint64_t c)
{
    UNUSED(c);
    return test_call(index, to, true);
}

static long sys_probe(uint64_t index, uint64_t to, uint64_t c)
{
    struct probe_info info = {0};
    bool there = probe_run((unsigned)index, &info);

    UNUSED(c);
    return one_of_list(there, to, &info, sizeof(info));
}

static long bench_call(uint64_t index, uint64_t to, bool run)
{
    struct bench_info info = {0};
    bool there = bench_run((unsigned)index, &info, run);

    return one_of_list(there, to, &info, sizeof(info));
}

static long sys_bench_name(uint64_t index, uint64_t to, uint64_t c)
{
    UNUSED(c);
    return bench_call(index, to, false);
}

static long sys_bench(uint64_t index, uint64_t to, uint64_t c)
{
    UNUSED(c);
    return bench_call(index, to, true);
}

static long sys_bounce(uint64_t mode, uint64_t b, uint64_t c)
{
    UNUSED(b), UNUSED(c);
    bench_bounces((unsigned)mode);
    return 0;
}

#define SYSCALL_ENTRY(name) [SYS_##name] = sys_##name,
static const syscall_handler handlers[SYS_COUNT] = {SYSCALLS(SYSCALL_ENTRY)};

void kernel_syscall(struct regs *r)
{
    uint64_t nr = r->rax;

    r->rax = (uint64_t)-E_NOSYS;
    if (nr < SYS_COUNT)
        r->rax = (uint64_t)handlers[nr](r->rdi, r->rsi, r->rdx);
}
