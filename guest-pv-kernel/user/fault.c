/* SPDX-License-Identifier: MIT
 * fault KIND: do something forbidden and be ended for it; the others live on. */
#include "user.h"

static volatile bool enough;      /* it never is */
static volatile uint64_t nowhere; /* 0, and the compiler may not know */

static uint64_t deep(uint64_t n)
{
    volatile char room[512];

    room[0] = (char)n;
    return (enough ? n : deep(n + 1)) + (uint64_t)room[0];
}

static void fault_null(void) { *(volatile int *)nowhere = 1; }
static void fault_read(void) { (void)*(volatile int *)(nowhere + 0x10); }
static void fault_kernel(void) { *(volatile int *)0xffffffff80100000 = 1; }
static void fault_hypervisor(void) { *(volatile long *)0xffff830000000000 = 1; }
static void fault_text(void) { *(volatile char *)(uintptr_t)&fault_null = 1; }
static void fault_ud(void) { __asm__ volatile("ud2"); }
static void fault_gp(void) { __asm__ volatile("hlt"); }
static void fault_cli(void) { __asm__ volatile("cli"); }
static void fault_int3(void) { __asm__ volatile("int3"); }
static void fault_int80(void) { __asm__ volatile("int $0x80"); }
static void fault_stack(void) { deep(0); }

static void fault_div(void)
{
    __asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx" ::"a"(1) : "rcx", "rdx");
}

static void fault_canonical(void)
{
    __asm__ volatile("mov (%0), %%rax" ::"r"(0x8000000000000000UL) : "rax");
}

static void fault_step(void)
{
    __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop" ::: "memory");
}

static const struct {
    const char *name;
    void (*fn)(void);
    const char *what;
} kinds[] = {
    {"null", fault_null, "write to address 0"},
    {"read", fault_read, "read near address 0"},
    {"kernel", fault_kernel, "write to the kernel"},
    {"hypervisor", fault_hypervisor, "write to the hypervisor"},
    {"text", fault_text, "write to the program's own text"},
    {"ud", fault_ud, "undefined instruction"},
    {"gp", fault_gp, "privileged instruction: hlt"},
    {"cli", fault_cli, "privileged instruction: cli"},
    {"div", fault_div, "division by zero"},
    {"int3", fault_int3, "breakpoint"},
    {"int80", fault_int80, "software interrupt"},
    {"stack", fault_stack, "endless recursion"},
    {"canonical", fault_canonical, "an address that cannot be"},
    {"step", fault_step, "single-step"},
};

int main(int argc, char **argv)
{
    unsigned n = sizeof(kinds) / sizeof(kinds[0]);

    for (unsigned i = 0; argc == 2 && i < n; i++)
        if (!strcmp(argv[1], kinds[i].name)) {
            kinds[i].fn();
            printf("fault: %s did nothing\n", argv[1]);
            return 0;
        }
    printf("usage: fault KIND\n");
    for (unsigned i = 0; i < n; i++)
        printf("  %-12s %s\n", kinds[i].name, kinds[i].what);
    return 2;
}
