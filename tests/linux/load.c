/* SPDX-License-Identifier: MIT */
/*
 * A load for Linux guests, to be run as /tests/load [SECONDS]: every part presses on one thing that a hypervisor has its
 * hand in (page tables, context switches, signals, FPU state, descriptors, timers) and checks that nothing was lost.
 * All parts run at once, one process each, again and again until the time is over. Prints one line per part, and ends
 * with 0 if each was right every time. `/tests/load clock` tells whether the vDSO has a clock.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB   (1ul << 20)
#define PAGE  4096ul
#define CHECK(x) do { if (!(x)) return fail(#x, __LINE__); } while (0)

static const char *self;

static int fail(const char *what, int line)
{
    printf("load: line %d: %s (%s)\n", line, what, strerror(errno));
    return -1;
}

static void *map(size_t size)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static int wait_for(pid_t pid, int status)
{
    int got;

    return waitpid(pid, &got, 0) == pid && got == status;
}

static int fork_and_exec(void)
{
    for (int i = 0; i < 10; i++) {
        pid_t pid = fork();

        CHECK(pid >= 0);
        if (!pid) {
            execl(self, self, "exit", "42", NULL);
            _exit(1);
        }
        CHECK(wait_for(pid, 42 << 8));
    }
    return 0;
}

/* Parent and child write to the same pages after a fork: each must see its own. */
static int copy_on_write(void)
{
    size_t pages = 512;
    uint64_t *p = map(pages * PAGE);
    pid_t pid;

    CHECK(p != MAP_FAILED);
    for (size_t i = 0; i < pages; i++)
        p[i * 512] = i;
    pid = fork();
    CHECK(pid >= 0);
    for (size_t i = 0; i < pages; i += 2)
        p[i * 512] += pid ? 1000 : 2000;
    for (size_t i = 0; i < pages; i++) {
        if (p[i * 512] != i + (i % 2 ? 0 : pid ? 1000 : 2000)) {
            if (!pid)
                _exit(1);
            CHECK(!"a page lost");
        }
    }
    if (!pid)
        _exit(0);
    CHECK(wait_for(pid, 0));
    CHECK(munmap(p, pages * PAGE) == 0);
    return 0;
}

static int map_and_move(void)
{
    char *p = map(8 * MIB), *q;

    CHECK(p != MAP_FAILED);
    for (size_t i = 0; i < 8 * MIB; i += PAGE)
        p[i] = (char)(i / PAGE);
    for (size_t i = 0; i < 8 * MIB; i += 2 * PAGE)
        CHECK(mprotect(p + i, PAGE, PROT_READ) == 0);
    CHECK(mprotect(p, 8 * MIB, PROT_READ | PROT_WRITE) == 0);
    q = mremap(p, 8 * MIB, 16 * MIB, MREMAP_MAYMOVE);
    CHECK(q != MAP_FAILED);
    for (size_t i = 0; i < 8 * MIB; i += PAGE)
        CHECK(q[i] == (char)(i / PAGE));
    CHECK(madvise(q, 16 * MIB, MADV_DONTNEED) == 0);
    CHECK(q[PAGE] == 0);
    CHECK(munmap(q, 16 * MIB) == 0);
    return 0;
}

static sigjmp_buf back;
static volatile int caught;

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    caught = info->si_code;
    siglongjmp(back, 1);
}

static int faults(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    char *p = map(PAGE);

    CHECK(p != MAP_FAILED && mprotect(p, PAGE, PROT_READ) == 0);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    for (int i = 0; i < 200; i++) {
        caught = 0;
        if (!sigsetjmp(back, 1))
            *(volatile char *)p = 1;
        CHECK(caught == SEGV_ACCERR);
        if (!sigsetjmp(back, 1))
            *(volatile char *)0xffff800000000000ul; /* the hypervisor's, readable: nothing happens */
        if (!sigsetjmp(back, 1))
            *(volatile char *)0xffff830000000000ul = 1;
        CHECK(caught == SEGV_MAPERR || caught == SEGV_ACCERR || caught == SI_KERNEL);
        caught = 0;
        if (!sigsetjmp(back, 1))
            __asm__ volatile("hlt");
        CHECK(caught == SI_KERNEL);
        if (!sigsetjmp(back, 1))
            __asm__ volatile("ud2");
        CHECK(caught == ILL_ILLOPN);
        if (!sigsetjmp(back, 1))
            __asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx" ::: "eax", "ecx", "edx");
        CHECK(caught == FPE_INTDIV);
    }
    CHECK(munmap(p, PAGE) == 0);
    return 0;
}

static int pipes(void)
{
    int to[2], from[2];
    char c = 'x';
    pid_t pid;

    CHECK(pipe(to) == 0 && pipe(from) == 0);
    pid = fork();
    CHECK(pid >= 0);
    if (!pid) {
        close(to[1]);
        while (read(to[0], &c, 1) == 1 && write(from[1], &c, 1) == 1)
            ;
        _exit(0);
    }
    close(to[0]);
    for (int i = 0; i < 500; i++) {
        c = (char)i;
        CHECK(write(to[1], &c, 1) == 1 && read(from[0], &c, 1) == 1 && c == (char)i);
    }
    close(to[1]);
    close(from[0]);
    close(from[1]);
    CHECK(wait_for(pid, 0));
    return 0;
}

/* Registers of the FPU and SSE must come back whole after others ran. */
static int fpu(void)
{
    for (int i = 0; i < 200; i++) {
        uint64_t in = (uint64_t)getpid() << 32 | (unsigned)i, out = 0;
        double sum = 0;

        __asm__ volatile("movq %1, %%xmm15; mov %2, %%eax; syscall; movq %%xmm15, %0"
                         : "=r"(out) : "r"(in), "i"(SYS_sched_yield) : "rax", "rcx", "r11", "xmm15");
        CHECK(in == out);
        for (volatile int n = 1; n < 2000; n++)
            sum += 1.0 / n;
        CHECK(sum > 8.17 && sum < 8.18);
    }
    return 0;
}

static volatile long ticks;

static void on_tick(int signal)
{
    (void)signal;
    ticks++;
}

static int timers(void)
{
    struct itimerval every = {{0, 5000}, {0, 5000}}, never = {{0, 0}, {0, 0}};
    struct timespec before, now;

    signal(SIGALRM, on_tick);
    ticks = 0;
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    clock_gettime(CLOCK_MONOTONIC, &before);
    while (ticks < 20) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        CHECK(now.tv_sec > before.tv_sec || (now.tv_sec == before.tv_sec && now.tv_nsec >= before.tv_nsec));
        before = now;
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    return 0;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count(void *unused)
{
    for (int i = 0; i < 5000; i++) {
        pthread_mutex_lock(&lock);
        counter++;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

/* Also flushes: threads touch what another unmaps. */
static int threads(void)
{
    pthread_t t[8];

    counter = 0;
    for (int i = 0; i < 8; i++)
        CHECK(pthread_create(&t[i], NULL, count, NULL) == 0);
    for (int i = 0; i < 50; i++) {
        char *p = map(64 * PAGE);

        CHECK(p != MAP_FAILED);
        memset(p, i, 64 * PAGE);
        CHECK(munmap(p, 64 * PAGE) == 0);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(t[i], NULL);
    CHECK(counter == 40000);
    return 0;
}

static int local_descriptors(void)
{
    for (unsigned int n = 0; n < 100; n++) {
        struct user_desc d = {.entry_number = n, .base_addr = n << 12, .limit = 0xfffff, .seg_32bit = 1,
                              .limit_in_pages = 1, .useable = 1};
        uint32_t limit;

        if (syscall(SYS_modify_ldt, 1, &d, sizeof(d)) != 0) {
            CHECK(errno == ENOSYS);
            return 0;
        }
        __asm__ volatile("lsl %1, %0" : "=r"(limit) : "r"(n << 3 | 7));
        CHECK(limit == 0xffffffff);
        __asm__ volatile("mov %0, %%es; mov %1, %%es" : : "r"(n << 3 | 7), "r"(0));
    }
    return 0;
}

/* A debugger's work: single steps and a hardware breakpoint's registers. */
static int tracing(void)
{
    pid_t pid = fork();
    int status;

    CHECK(pid >= 0);
    if (!pid) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        _exit(7);
    }
    CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
    for (int i = 0; i < 100; i++) {
        CHECK(ptrace(PTRACE_SINGLESTEP, pid, 0, 0) == 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        if (WIFEXITED(status))
            break;
        CHECK(WSTOPSIG(status) == SIGTRAP);
    }
    if (!WIFEXITED(status)) {
        CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
        CHECK(waitpid(pid, &status, 0) == pid);
    }
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    return 0;
}

/* 0 if the time is told without a call of the kernel: in strict mode that would be the end. */
static int clock_without_call(void)
{
    pid_t pid = fork();
    int status;

    if (!pid) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
        clock_gettime(CLOCK_MONOTONIC, &now);
        syscall(SYS_exit, 0);
    }
    waitpid(pid, &status, 0);
    printf("load: the clock needs %s call\n", status ? "a" : "no");
    return status != 0;
}

static const struct {
    const char *name;
    int (*run)(void);
} parts[] = {
    {"fork and exec", fork_and_exec}, {"copy on write", copy_on_write}, {"map and move", map_and_move},
    {"faults", faults},               {"pipes", pipes},                 {"fpu", fpu},
    {"timers", timers},               {"threads", threads},             {"local descriptors", local_descriptors},
    {"tracing", tracing},
};

#define PARTS (int)(sizeof(parts) / sizeof(parts[0]))

static int run_part(int n, time_t end)
{
    int rounds = 0, bad = 0;

    do {
        bad = parts[n].run();
        rounds++;
    } while (!bad && time(NULL) < end);
    printf("load: %s: %s after %d rounds\n", parts[n].name, bad ? "WRONG" : "right", rounds);
    fflush(stdout);
    return bad != 0;
}

int main(int argc, char **argv)
{
    time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 10);
    int status, wrong = 0;

    if (argc > 1 && strcmp(argv[1], "clock") == 0)
        return clock_without_call();
    if (argc > 2)
        return atoi(argv[2]);
    self = "/proc/self/exe";
    for (int n = 0; n < PARTS; n++) {
        if (!fork())
            exit(run_part(n, end));
    }
    while (wait(&status) > 0)
        wrong += status != 0;
    printf("load: %d of %d parts right\n", PARTS - wrong, PARTS);
    return wrong != 0;
}
