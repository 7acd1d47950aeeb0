/* SPDX-License-Identifier: MIT
 * Tests from user mode: exceptions and their error codes, fork with copy-on-write, pipes, exit and
 * wait, memory on demand, FPU state over switches. */
#include "usertests.h"

#include "user.h"

#define INSN(name, text)                                                                           \
    static uint64_t name(uint64_t x)                                                               \
    {                                                                                              \
        __asm__ volatile(text : "+a"(x)::"rcx", "rdx", "memory");                                  \
        return x;                                                                                  \
    }

INSN(do_divide, "xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx")
INSN(do_int3, "int3")
INSN(do_ud2, "ud2")
INSN(do_hlt, "hlt")
INSN(do_cli, "cli")
INSN(do_cr3, "mov %%cr3, %%rax")
INSN(do_in, "in $0xed, %%al")
INSN(do_read, "mov (%%rax), %%rcx")
INSN(do_write, "movb $1, (%%rax)")
INSN(do_jump, "call *%%rax")
INSN(do_int80, "int $0x80")
INSN(do_int13, "int $13")
INSN(do_int14, "int $14")
INSN(do_step, "pushfq; orl $0x100, (%%rsp); popfq; nop; nop")
INSN(do_selector, "mov $0x1234, %%ecx; mov %%cx, %%fs")

static bool complain(const char *what, uint64_t got, uint64_t want)
{
    if (got != want)
        printf("# %s: %lu (0x%lx), not %lu (0x%lx)\n", what, got, got, want, want);
    return got == want;
}

static bool traps(uint64_t (*fn)(uint64_t), uint64_t arg, uint64_t vector, uint64_t error)
{
    struct caught c;

    catch_run(&c, fn, arg);
    return complain("trapped", c.trapped, 1) && complain("vector", c.vector, vector) &&
           complain("error", c.error, error);
}

static bool faults(uint64_t (*fn)(uint64_t), uint64_t va, uint64_t error)
{
    struct caught c;

    if (!traps(fn, va, 14, error))
        return false;
    catch_run(&c, fn, va);
    return complain("address", c.address, va);
}

static bool divide(void) { return traps(do_divide, 1, 0, 0); }
static bool breakpoint(void) { return traps(do_int3, 0, 3, 0); }
static bool undefined(void) { return traps(do_ud2, 0, 6, 0); }
static bool halt(void) { return traps(do_hlt, 0, 13, 0); }
static bool interrupts(void) { return traps(do_cli, 0, 13, 0); }
static bool control(void) { return traps(do_cr3, 0, 13, 0); }
static bool port(void) { return traps(do_in, 0, 13, 0); }
static bool software(void) { return traps(do_int80, 0, 0x80, 0); }
static bool step(void) { return traps(do_step, 0, 1, 0); }
static bool selector(void) { return traps(do_selector, 0, 13, 0x1234); }
static bool canonical(void) { return traps(do_read, 1UL << 63, 13, 0); }
static bool read_null(void) { return faults(do_read, 8, 4); }
static bool write_null(void) { return faults(do_write, 8, 6); }
static bool write_text(void) { return faults(do_write, (uint64_t)do_ud2, 7); }
static bool read_kernel(void) { return faults(do_read, 0xffffffff80100000, 4); }

static bool software_refused(void)
{
    struct caught c;

    catch_run(&c, do_int13, 0);
    if (!complain("int 13", c.vector, 13))
        return false;
    catch_run(&c, do_int14, 0);
    return complain("int 14", c.vector, 13);
}

static bool execute_data(void)
{
    static char data[16];

    data[0] = (char)0xc3;
    return faults(do_jump, (uint64_t)data, 0x15);
}

static bool hypervisor(void)
{
    struct caught c;

    catch_run(&c, do_read, 0xffff830000001000);
    return complain("vector", c.vector, 14) && complain("write or user", c.error & 6, 4);
}

static bool copy_on_write(void)
{
    static volatile int shared = 1;
    int status = -1, pid = fork();

    if (!pid) {
        if (shared != 1)
            exit(1);
        shared = 2;
        exit(shared == 2 ? 42 : 2);
    }
    return complain("wait", (uint64_t)wait(pid, &status), (uint64_t)pid) &&
           complain("child's status", (uint64_t)status, 42) &&
           complain("parent's copy", (uint64_t)shared, 1);
}

static bool fork_many(void)
{
    struct memory_info before, after;
    int status = 0, sum = 0;

    CALL(memory, &before, 0, 0);
    for (int round = 0; round < 5; round++) {
        int pids[6];

        for (int i = 0; i < 6; i++) {
            pids[i] = fork();
            if (!pids[i])
                exit(i);
        }
        for (int i = 0; i < 6; i++) {
            if (wait(pids[i], &status) != pids[i])
                return false;
            sum += status;
        }
    }
    CALL(memory, &after, 0, 0);
    return complain("statuses", (uint64_t)sum, 75) &&
           complain("frames lost", before.free - after.free, 0);
}

static bool pipes(void)
{
    int ends[2], status, pid;
    char buffer[300];
    uint64_t total = 0;
    long n;

    if (pipe(ends))
        return false;
    pid = fork();
    if (!pid) {
        close(ends[0]);
        for (unsigned i = 0; i < 100; i++) /* more than a pipe holds */
            print_to(ends[1], "%99u\n", i);
        exit(0);
    }
    close(ends[1]);
    while ((n = read(ends[0], buffer, sizeof(buffer))) > 0)
        total += (uint64_t)n;
    close(ends[0]);
    wait(pid, &status);
    return complain("bytes", total, 10000) && complain("end", (uint64_t)n, 0);
}

static bool pipe_without_reader(void)
{
    int ends[2];
    long n;

    if (pipe(ends))
        return false;
    close(ends[0]);
    n = write(ends[1], "x", 1);
    close(ends[1]);
    return complain("write", (uint64_t)n, (uint64_t)-E_PIPE);
}

static bool exec_status(void)
{
    char name[] = "false";
    char *args[] = {name, NULL};
    int status = -1, pid = fork();

    if (!pid) {
        exec("false", args);
        exit(99);
    }
    wait(pid, &status);
    return complain("status of false", (uint64_t)status, 1) &&
           complain("no such program", (uint64_t)(int64_t)exec("none", args), (uint64_t)-E_NOENT);
}

static bool exception_status(void)
{
    int status = -1, pid = fork();

    if (!pid) {
        do_ud2(0);
        exit(0);
    }
    wait(pid, &status);
    return complain("status", (uint64_t)status, STATUS_EXCEPTION + 6);
}

static bool kill_sleeper(void)
{
    int status = -1, pid = fork();

    if (!pid) {
        sleep_ns(60000000000);
        exit(0);
    }
    sleep_ns(20000000);
    if (!complain("kill", (uint64_t)kill(pid), 0))
        return false;
    wait(pid, &status);
    return complain("status", (uint64_t)status, STATUS_KILLED);
}

static bool kill_spinner(void)
{
    int status = -1, pid = fork();

    if (!pid)
        for (;;)
            ;
    sleep_ns(20000000);
    kill(pid);
    wait(pid, &status);
    return complain("status", (uint64_t)status, STATUS_KILLED);
}

static bool heap(void)
{
    char *p = sbrk(40000);

    for (unsigned i = 0; i < 40000; i += 1000)
        if (p[i])
            return complain("zeroed", (uint64_t)p[i], 0);
    p[39999] = 1;
    return complain("kept", (uint64_t)p[39999], 1);
}

static bool bad_addresses(void)
{
    char c = 0;

    return complain("write", (uint64_t)write(1, (void *)0x10, 5), (uint64_t)-E_FAULT) &&
           complain("kernel", (uint64_t)write(1, (void *)0xffffffff80100000, 5),
                    (uint64_t)-E_FAULT) &&
           complain("descriptor", (uint64_t)read(77, &c, 1), (uint64_t)-E_BADF) &&
           complain("call", (uint64_t)syscall(9999, 0, 0, 0), (uint64_t)-E_NOSYS);
}

static bool sleep_time(void)
{
    uint64_t start = time_ns();

    sleep_ns(30000000);
    return complain("slept long enough", time_ns() - start >= 30000000, 1);
}

/* Several processes keep different values in vector registers and are switched all the time. */
static bool fpu_switches(void)
{
    int pids[4], status, bad = 0;

    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i])
            continue;
        for (unsigned round = 0; round < 200; round++) {
            uint64_t in = (uint64_t)i * 1000 + round + 1, out;

            __asm__ volatile("movq %0, %%xmm7" ::"r"(in) : "xmm7");
            syscall(SYS_yield, 0, 0, 0);
            __asm__ volatile("movq %%xmm7, %0" : "=r"(out));
            if (in != out)
                exit(1);
        }
        exit(0);
    }
    for (int i = 0; i < 4; i++) {
        wait(pids[i], &status);
        bad += status != 0;
    }
    return complain("processes with lost registers", (uint64_t)bad, 0);
}

/* Every register but those a system call may change survives one, and survives preemption. */
static bool registers_kept(void)
{
    uint64_t wrong;

    __asm__ volatile("mov $0x11, %%rbx; mov $0x12, %%r12; mov $0x13, %%r13; mov $0x14, %%r14\n"
                     "mov $0x15, %%r15; mov $0x16, %%r9; mov %[nr], %%eax; syscall\n"
                     "xor $0x11, %%rbx; xor $0x12, %%r12; xor $0x13, %%r13; xor $0x14, %%r14\n"
                     "xor $0x15, %%r15; xor $0x16, %%r9\n"
                     "or %%r12, %%rbx; or %%r13, %%rbx; or %%r14, %%rbx; or %%r15, %%rbx\n"
                     "or %%r9, %%rbx; mov %%rbx, %0"
                     : "=r"(wrong)
                     : [nr] "i"(SYS_yield)
                     : "rax", "rbx", "rcx", "r9", "r11", "r12", "r13", "r14", "r15", "memory");
    return complain("changed bits", wrong, 0);
}

/* The same when nobody asked to be interrupted: then even rcx and r11 are kept. */
static bool registers_preempted(void)
{
    uint64_t until = time_ns() + 60000000, wrong = 0;

    while (time_ns() < until && !wrong)
        __asm__ volatile("mov $0x21, %%rcx; mov $0x22, %%r11; mov $0x23, %%r10; mov $0x24, %%rdx\n"
                         "mov $3000000, %%eax; 1: dec %%eax; jnz 1b\n"
                         "xor $0x21, %%rcx; xor $0x22, %%r11; xor $0x23, %%r10; xor $0x24, %%rdx\n"
                         "or %%r11, %%rcx; or %%r10, %%rcx; or %%rdx, %%rcx; mov %%rcx, %0"
                         : "=r"(wrong)::"rax", "rcx", "rdx", "r10", "r11");
    return complain("changed bits", wrong, 0);
}

INSN(do_x87, "fninit; push $0x33b; fldcw (%%rsp); pop %%rcx; fldz; fld1; fdivp; fwait; fninit")

static bool x87_error(void)
{
    struct caught c;

    catch_run(&c, do_x87, 0);
    __asm__ volatile("fnclex; fninit");
    return complain("vector", c.vector, 16);
}

const struct user_test user_tests[] = {
    {"user.divide", divide},
    {"user.breakpoint", breakpoint},
    {"user.undefined", undefined},
    {"user.halt", halt},
    {"user.interrupts", interrupts},
    {"user.control", control},
    {"user.port", port},
    {"user.software", software},
    {"user.software_refused", software_refused},
    {"user.step", step},
    {"user.selector", selector},
    {"user.canonical", canonical},
    {"user.read_null", read_null},
    {"user.write_null", write_null},
    {"user.write_text", write_text},
    {"user.read_kernel", read_kernel},
    {"user.x87_error", x87_error},
    {"user.execute_data", execute_data},
    {"user.hypervisor", hypervisor},
    {"process.copy_on_write", copy_on_write},
    {"process.fork_many", fork_many},
    {"process.pipes", pipes},
    {"process.pipe_without_reader", pipe_without_reader},
    {"process.exec_status", exec_status},
    {"process.exception_status", exception_status},
    {"process.kill_sleeper", kill_sleeper},
    {"process.kill_spinner", kill_spinner},
    {"process.heap", heap},
    {"process.bad_addresses", bad_addresses},
    {"process.sleep_time", sleep_time},
    {"process.fpu_switches", fpu_switches},
    {"process.registers_kept", registers_kept},
    {"process.registers_preempted", registers_preempted},
    {0},
};
