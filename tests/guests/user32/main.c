/* SPDX-License-Identifier: MIT */
/*
 * 32-bit user code under a 64-bit kernel: compatibility-mode selector, int 0x80, and the syscall32 and
 * sysenter callbacks where the CPU has those instructions in that mode.
 */
#include "guest.h"

#define LOW 0x400000ul
#define STACK 0x401000ul
#define USER_CS32 (FLAT_RING3_CS32 | 3)

static struct frame got;
static uint64_t flags = 2;

static bool from_user(struct frame *frame)
{
    if ((frame->cs & 3) != 3)
        return false;
    got = *frame;
    user_return((long)frame->vector);
}

static long run(uint8_t *code, const char *bytes, unsigned int n)
{
    struct frame frame;

    memcpy(code, bytes, n);
    user_frame(&frame, (void (*)(void))LOW);
    frame.cs = USER_CS32;
    frame.rsp = STACK + PAGE_SIZE - 16;
    frame.rax = 0x1234;
    frame.rflags |= flags;
    return user_call(&frame);
}

void test_main(void)
{
    struct callback_register callback = {.type = CALLBACKTYPE_syscall32, .address = (uint64_t)syscall32_entry};
    static struct trap_info table[2] = {{.vector = 0x80, .flags = 3, .cs = FLAT_KERNEL_CS}};
    uint8_t *code = page_alloc(), *stack = page_alloc();
    long how;

    ktap_ok("low addresses can be mapped", map_new_va(LOW, pte_for(code, RW)) && map_new_va(STACK, pte_for(stack, RW)));
    user_root_install();
    trap_hook = from_user;
    table[0].address = TRAP_STUB(0x80);
    expect("int 0x80 for user mode", hypercall(set_trap_table, table), 0);
    expect("syscall32 callback", hypercall(callback_op, CALLBACKOP_register, &callback), 0);
    callback = (struct callback_register){.type = CALLBACKTYPE_sysenter, .address = (uint64_t)sysenter_entry};
    expect("sysenter callback", hypercall(callback_op, CALLBACKOP_register, &callback), 0);
    ktap_equal("int 0x80 from 32-bit code", (uint64_t)run(code, "\xcd\x80", 2), 0x80);
    ktap_equal("cs is the 32-bit one", got.cs & 0xffff, USER_CS32);
    ktap_equal("rip is after it", got.rip, LOW + 2);
    ktap_equal("rax arrives", got.rax, 0x1234);
    ktap_equal("ud2 from 32-bit code", (uint64_t)run(code, "\x0f\x0b", 2), 6);
    ktap_equal("a push uses the 32-bit stack", (uint64_t)run(code, "\x50\x0f\x0b", 3), 6);
    ktap_equal("by four bytes", got.rsp, STACK + PAGE_SIZE - 20);
    how = run(code, "\x0f\x05", 2);
    ktap_ok("syscall from 32-bit code: its callback, or #UD on an Intel CPU", how == BY_SYSCALL32 || how == 6);
    how = run(code, "\x0f\x34", 2);
    ktap_ok("sysenter from 32-bit code: its callback, or #UD on an AMD CPU", how == BY_SYSENTER || how == 6 || how == 13);
    flags = 0x44502; /* AC NT DF TF: SYSENTER clears none of them, and the last one traps at its target */
    ktap_equal("and so with flags that are the kernel's trouble", (uint64_t)run(code, "\x0f\x34", 2), (uint64_t)how);
}
