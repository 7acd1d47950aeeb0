/* SPDX-License-Identifier: MIT
 * sensitive: why x86 could not simply be virtualized, live. Seventeen instructions of IA-32 depend
 * on or reveal the machine's real state and yet do not trap in ring 3 (Robin and Irvine, 2000):
 * each is executed here, and beside it stands what our kernel does in its place. Then the
 * privileged ones, executed by the kernel in ring 3: they trap, and the hypervisor answers. */
#include "user.h"

#define RING0_CODE 0xe008 /* a selector only the hypervisor may use, on a hypervisor of this ABI */
#define RING0_DATA 0xe010
#define OWN_CODE 0xe033

static char answer[96];

#define ANSWER(...) format_buffer(answer, sizeof(answer), __VA_ARGS__)

static uint64_t do_sgdt(uint64_t x)
{
    uint8_t d[10] = {0};
    uint64_t base;

    __asm__ volatile("sgdt %0" : "=m"(d));
    memcpy(&base, d + 2, 8);
    ANSWER("base %lx: the hypervisor's table, not ours", base);
    return x;
}

static uint64_t do_sidt(uint64_t x)
{
    uint8_t d[10] = {0};
    uint64_t base;

    __asm__ volatile("sidt %0" : "=m"(d));
    memcpy(&base, d + 2, 8);
    ANSWER("base %lx: the hypervisor's table, not ours", base);
    return x;
}

static uint64_t do_sldt(uint64_t x)
{
    uint64_t v = 0;

    __asm__ volatile("sldt %w0" : "+r"(v));
    ANSWER("selector %lx", v);
    return x;
}

static uint64_t do_smsw(uint64_t x)
{
    uint64_t v;

    __asm__ volatile("smsw %0" : "=r"(v));
    ANSWER("%lx: the low half of the real cr0", v & 0xffff);
    return x;
}

static uint64_t do_str(uint64_t x)
{
    uint64_t v = 0;

    __asm__ volatile("str %w0" : "+r"(v));
    ANSWER("selector %lx: a task of the hypervisor", v);
    return x;
}

static uint64_t flags(void)
{
    uint64_t v;

    __asm__ volatile("pushfq; pop %0" : "=r"(v));
    return v;
}

static uint64_t do_pushf(uint64_t x)
{
    ANSWER("%lx: IF as the processor has it, whatever our mask says", flags());
    return x;
}

static uint64_t do_popf(uint64_t x)
{
    uint64_t before = flags(), after;

    __asm__ volatile("push %0; popfq" ::"r"(before & ~0x200UL) : "cc");
    after = flags();
    ANSWER("cleared IF, it is still %lu: silently ignored", after >> 9 & 1);
    return x;
}

static uint64_t do_lar(uint64_t x)
{
    uint64_t own = 0, other = 0;
    bool ok_own, ok_other;

    __asm__ volatile("lar %k2, %k0" : "+r"(own), "=@ccz"(ok_own) : "r"(OWN_CODE));
    __asm__ volatile("lar %k2, %k0" : "+r"(other), "=@ccz"(ok_other) : "r"(RING0_CODE));
    ANSWER("our code %lx (ring %lu), the hypervisor's %s", own, own >> 13 & 3,
           ok_other ? "readable" : "hidden");
    return x + ok_own;
}

static uint64_t do_lsl(uint64_t x)
{
    uint64_t own = 0, other = 0;
    bool ok_own, ok_other;

    __asm__ volatile("lsl %k2, %k0" : "+r"(own), "=@ccz"(ok_own) : "r"(OWN_CODE));
    __asm__ volatile("lsl %k2, %k0" : "+r"(other), "=@ccz"(ok_other) : "r"(RING0_CODE));
    ANSWER("our code %lx, the hypervisor's %s", own, ok_other ? "readable" : "hidden");
    return x + ok_own;
}

static uint64_t do_verr(uint64_t x)
{
    bool ok;

    __asm__ volatile("verr %w1" : "=@ccz"(ok) : "r"(RING0_DATA));
    ANSWER("ring 0's data: %s; in ring 0 it would be readable", ok ? "readable" : "not readable");
    return x;
}

static uint64_t do_verw(uint64_t x)
{
    bool ok;

    __asm__ volatile("verw %w1" : "=@ccz"(ok) : "r"(RING0_DATA));
    ANSWER("ring 0's data: %s; in ring 0 it would be writable", ok ? "writable" : "not writable");
    return x;
}

static uint64_t do_push(uint64_t x)
{
    uint64_t v;

    __asm__ volatile("push %%fs; pop %0" : "=r"(v));
    ANSWER("fs %lx: no descriptor is hidden, no privilege virtual", v);
    return x;
}

static uint64_t do_pop(uint64_t x)
{
    __asm__ volatile("pushq %0; pop %%fs; pushq $0; pop %%fs" ::"i"(RING0_DATA));
    ANSWER("ring 0's data selector was accepted");
    return x;
}

static uint64_t do_mov_segment(uint64_t x)
{
    uint64_t v;

    __asm__ volatile("mov %%cs, %0" : "=r"(v));
    ANSWER("cs %lx: the last digit betrays ring %lu", v, v & 3);
    return x;
}

/* Far transfers to a selector: with our own it goes on at the same level, through a gate it would
 * not. */
static uint64_t do_call(uint64_t x)
{
    struct {
        uint32_t offset;
        uint16_t selector;
    } __attribute__((packed)) to = {0, OWN_CODE};
    uint64_t cs;

    __asm__ volatile("lea 1f(%%rip), %%eax; mov %%eax, %1; lcall *%1; jmp 2f\n"
                     "1: mov %%cs, %0; lretl\n2:"
                     : "=&r"(cs), "+m"(to)::"rax", "memory");
    ANSWER("far call arrived with cs %lx: ring %lu stays ring %lu", cs, cs & 3, cs & 3);
    return x;
}

static uint64_t do_jmp(uint64_t x)
{
    struct {
        uint32_t offset;
        uint16_t selector;
    } __attribute__((packed)) to = {0, OWN_CODE};
    uint64_t cs;

    __asm__ volatile("lea 1f(%%rip), %%eax; mov %%eax, %1; ljmp *%1\n1: mov %%cs, %0"
                     : "=r"(cs), "+m"(to)::"rax", "memory");
    ANSWER("far jump arrived with cs %lx", cs);
    return x;
}

static uint64_t do_ret(uint64_t x)
{
    uint64_t cs;

    __asm__ volatile("pushq %1; lea 1f(%%rip), %%rax; push %%rax; lretq\n1: mov %%cs, %0"
                     : "=r"(cs)
                     : "i"(OWN_CODE)
                     : "rax", "memory");
    ANSWER("far return arrived with cs %lx", cs);
    return x;
}

static uint64_t do_int(uint64_t x)
{
    __asm__ volatile("int $0x80");
    return x;
}

static const struct {
    const char *name;
    uint64_t (*fn)(uint64_t);
    const char *instead;
} list[] = {
    {"sgdt", do_sgdt, "set_gdt, update_descriptor; nobody needs to read it"},
    {"sidt", do_sidt, "set_trap_table"},
    {"sldt", do_sldt, "mmuext_op set_ldt"},
    {"smsw", do_smsw, "fpu_taskswitch keeps TS; no other bit is ours"},
    {"pushf", do_pushf, "read evtchn_upcall_mask, a byte of shared memory"},
    {"popf", do_popf, "write evtchn_upcall_mask, then look at upcall_pending"},
    {"lar", do_lar, "selectors are fixed by the ABI: e033, e02b"},
    {"lsl", do_lsl, "limits are flat; nothing asks"},
    {"verr", do_verr, "page tables tell what may be read"},
    {"verw", do_verw, "page tables tell what may be written"},
    {"pop seg", do_pop, "set_segment_base; descriptors checked by update_descriptor"},
    {"push seg", do_push, "the hypervisor pushes cs with RPL 0 for the kernel"},
    {"call far", do_call, "syscall enters the kernel through callback_op"},
    {"jmp far", do_jmp, "no call gates: flat code at one level"},
    {"int n", do_int, "set_trap_table says which vectors user mode may raise"},
    {"ret far", do_ret, "iret hypercall: mask, root and ring in one step"},
    {"str", do_str, "stack_switch: the hypervisor's TSS holds our kernel stack"},
    {"mov from seg", do_mov_segment, "cs in the trap frame: RPL 0 kernel, 3 user"},
};

int main(int argc, char **argv)
{
    static struct probe_info p;

    (void)argc, (void)argv;
    printf("Sensitive, and do not trap in ring 3:\n");
    for (unsigned i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        struct caught c;

        answer[0] = 0;
        catch_run(&c, list[i].fn, 0);
        if (c.trapped)
            ANSWER("exception %lu, error %lu", c.vector, c.error);
        printf("%-13s %s\n%-13s   instead: %s\n", list[i].name, answer, "", list[i].instead);
    }
    printf("\nPrivileged, executed by the kernel in ring 3; what came of it:\n");
    for (unsigned i = 0; CALL(probe, i, &p, 0) == 1; i++)
        printf("%-26s %s\n", p.name, p.result);
    return 0;
}
