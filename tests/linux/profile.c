/* SPDX-License-Identifier: MIT */
/*
 * What Linux's basic operations cost, in ticks of the TSC: under `-icount shift=0` a tick is an instruction, whoever
 * executed it. The rows are those of lmbench, in code of our own. It is the first process (rdinit=/tests/profile) so that
 * nothing else runs; prints `profile: ROW,N,SAMPLES,MIN,MEDIAN` and powers off. `samples=few` or `samples=none` on the kernel's
 * command line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB   (1ul << 20)
#define PAGE  4096ul
#define BIG   (64 * MIB)
#define RING  8
#define NEED(x) do { if (!(x)) { perror("profile: " #x); exit(1); } } while (0)

static int quick;

/* The marks are what tests/bench/count.c waits for. */
static uint64_t begin(void)
{
    uint32_t low, high;

    __asm__ volatile(".byte 0x0f, 0x1f, 0x80, 0x01, 0x10, 0x56, 0x50; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t since(uint64_t start)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc; .byte 0x0f, 0x1f, 0x80, 0x02, 0x10, 0x56, 0x50" : "=a"(low), "=d"(high)::"memory");
    return ((uint64_t)high << 32 | low) - start;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* run(n) does the thing n times and says how long that took; the first sample warms up. */
static void row(const char *name, uint64_t (*run)(int n), int n, int samples)
{
    uint64_t took[101];

    if (quick)
        samples = 3;
    run(n);
    for (int i = 0; i < samples; i++)
        took[i] = run(n) / (unsigned)n;
    qsort(took, (size_t)samples, sizeof(*took), by_value);
    printf("profile: %s,%d,%d,%lu,%lu\n", name, n, samples, took[0], took[samples / 2]);
}

static uint64_t getpids(int n)
{
    uint64_t start = begin();

    while (n--)
        syscall(SYS_getpid);
    return since(start);
}

static uint64_t forks(int n)
{
    uint64_t start = begin();

    while (n--) {
        pid_t pid = fork();

        if (!pid)
            _exit(0);
        NEED(pid > 0 && waitpid(pid, NULL, 0) == pid);
    }
    return since(start);
}

static uint64_t execs(int n)
{
    uint64_t start = begin();

    while (n--) {
        int status;
        pid_t pid = fork();

        if (!pid) {
            execl("/tests/profile", "profile", "exit", NULL);
            _exit(1);
        }
        NEED(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    }
    return since(start);
}

static uint64_t map_memory(int n)
{
    uint64_t start = begin();

    while (n--) {
        char *p = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        NEED(p != MAP_FAILED);
        for (size_t i = 0; i < BIG; i += PAGE)
            p[i] = 1;
        NEED(munmap(p, BIG) == 0);
    }
    return since(start);
}

static int file; /* BIG bytes, all in memory */

/* lat_mmap: a shared file, one byte of every 16 KiB. */
static uint64_t map_file(int n)
{
    uint64_t start = begin();

    while (n--) {
        char *p = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

        NEED(p != MAP_FAILED);
        for (size_t i = 0; i < BIG; i += 4 * PAGE)
            p[i] = 1;
        NEED(munmap(p, BIG) == 0);
    }
    return since(start);
}

/* lat_pagefault: pages that are in memory, each touched once. Writes, as reads of a file bring in neighbours. */
static uint64_t page_faults(int n)
{
    uint64_t start, end;
    char *p = mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

    NEED(p != MAP_FAILED);
    start = begin();
    for (int i = 0; i < n; i++)
        p[(size_t)i * PAGE] = 1;
    end = since(start);
    NEED(munmap(p, (size_t)n * PAGE) == 0);
    return end;
}

static volatile int caught;

static void on_signal(int number)
{
    (void)number;
    caught++;
}

static uint64_t signals(int n)
{
    uint64_t start;
    pid_t self = getpid();

    signal(SIGUSR1, on_signal);
    caught = 0;
    start = begin();
    for (int i = 0; i < n; i++)
        kill(self, SIGUSR1);
    start = since(start);
    NEED(caught == n);
    return start;
}

static sigjmp_buf back;

static void on_fault(int number)
{
    (void)number;
    siglongjmp(back, 1);
}

/* lat_sig prot: a store to a read-only page, its signal, and out of the handler by a jump. */
static uint64_t protection_faults(int n)
{
    char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t start = begin();

    signal(SIGSEGV, on_fault);
    for (volatile int i = 0; i < n; i++)
        if (!sigsetjmp(back, 1))
            *(volatile char *)p = 1;
    start = since(start);
    munmap(p, PAGE);
    return start;
}

/* A token of one byte goes round through pipes: process i of a ring reads pipe i and writes pipe i + 1. */
static uint64_t token(int processes, int rounds)
{
    int pipes[RING][2], next;
    pid_t children[RING];
    uint64_t start = 0;
    char c = 0;

    for (int i = 0; i < processes; i++)
        NEED(pipe(pipes[i]) == 0);
    for (int i = 1; i < processes; i++) {
        children[i] = fork();
        NEED(children[i] >= 0);
        next = (i + 1) % processes;
        while (!children[i]) {
            NEED(read(pipes[i][0], &c, 1) == 1);
            NEED(write(pipes[next][1], &c, 1) == 1);
        }
    }
    next = 1 % processes;
    for (int i = -10; i <= rounds; i++) {
        if (i == 0)
            start = begin();
        NEED(i == rounds || write(pipes[next][1], &c, 1) == 1);
        NEED(i == rounds || read(pipes[0][0], &c, 1) == 1);
    }
    start = since(start);
    for (int i = 1; i < processes; i++) {
        kill(children[i], SIGKILL);
        waitpid(children[i], NULL, 0);
    }
    for (int i = 0; i < processes; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
    return start;
}

/* lat_pipe: there and back between two processes. */
static uint64_t ping_pongs(int n)
{
    return token(2, n);
}

/* lat_ctx -s 0 8: a switch among 8 processes, without what the pipe itself costs. */
static uint64_t switches(int n)
{
    return token(RING, n / RING) - token(1, n);
}

static void end(void)
{
    printf("profile: end\n");
    fflush(stdout);
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}

int main(int argc, char **argv)
{
    const char *how = getenv("samples");

    if (argc > 1 && strcmp(argv[1], "exit") == 0)
        _exit(0);
    begin();
    if (how && strcmp(how, "none") == 0)
        end();
    if (fork()) { /* the first process has privileges that cost: of its signals the kernel's log tells */
        wait(NULL);
        end();
    }
    quick = how != NULL;
    mkdir("/tmp", 0755);
    NEED(mount("tmpfs", "/tmp", "tmpfs", 0, "size=128m") == 0);
    file = open("/tmp/file", O_RDWR | O_CREAT, 0600);
    NEED(file >= 0 && ftruncate(file, BIG) == 0 && fallocate(file, 0, 0, BIG) == 0);
    row("getpid", getpids, 1000, 101);
    row("fork", forks, 1, 21);
    row("exec", execs, 1, 11);
    row("mmap_memory", map_memory, 1, 3);
    row("mmap_file", map_file, 1, 5);
    row("page_fault", page_faults, 1000, 51);
    row("protection_fault", protection_faults, 200, 51);
    row("signal", signals, 200, 101);
    row("pipe", ping_pongs, 200, 21);
    row("switch", switches, 400, 21);
    return 0;
}
