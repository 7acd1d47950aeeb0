/* SPDX-License-Identifier: MIT */
/*
 * A program's flags that are trouble for a kernel (direction, single-step, nested task, alignment check) are in the
 * frame that its system call or exception brings, and not in the flags that the handler begins with.
 */
#include "guest.h"

#define LOW       0x400000ul
#define STACK     0x401000ul
#define FLAGS     0x44401ul /* AC NT DF CF: each may be set by a program's POPF */
#define TROUBLE   0x44500ul /* AC NT DF TF */
#define USER_CS32 (FLAT_RING3_CS32 | 3)

/* Each entry of the library's with its flags kept first. */
__asm__(".macro kept name, then\n\\name: pushf; pop flags_inside; jmp \\then\n.endm\n"
        "kept kept_syscall, syscall_entry\n kept kept_syscall32, syscall32_entry\n"
        "kept kept_ud2, trap_stubs+6*32\n kept kept_int80, trap_stubs+0x80*32\n");
extern char kept_syscall[], kept_syscall32[], kept_ud2[], kept_int80[];
uint64_t flags_inside;

static struct frame got;

static bool from_user(struct frame *frame)
{
    if ((frame->cs & 3) != 3)
        return false;
    got = *frame;
    user_return((long)frame->vector);
}

static void entry(const char *name, const char *inside, uint8_t *code, const char *bytes, uint64_t cs, uint64_t vector)
{
    struct frame frame;
    long how;

    memcpy(code, bytes, 2);
    user_frame(&frame, (void (*)(void))LOW);
    frame.cs = cs;
    frame.rsp = STACK + PAGE_SIZE - 16;
    frame.rflags |= FLAGS;
    flags_inside = TROUBLE;
    how = user_call(&frame);
    if (how == 6 && vector == BY_SYSCALL32) {
        ktap_skip(name, "no SYSCALL in 32-bit code on this CPU");
        return;
    }
    ktap_ok(name, (uint64_t)how == vector && (got.rflags & (FLAGS | TROUBLE)) == FLAGS);
    ktap_equal(inside, flags_inside & TROUBLE, 0);
}

void test_main(void)
{
    struct callback_register callback = {.type = CALLBACKTYPE_syscall, .address = (uint64_t)kept_syscall};
    static struct trap_info table[3] = {{.vector = 6, .cs = FLAT_KERNEL_CS},
                                        {.vector = 0x80, .flags = 3, .cs = FLAT_KERNEL_CS}};
    uint8_t *code = page_alloc(), *stack = page_alloc();

    ktap_ok("low addresses can be mapped", map_new_va(LOW, pte_for(code, RW)) && map_new_va(STACK, pte_for(stack, RW)));
    user_root_install();
    trap_hook = from_user;
    table[0].address = (uint64_t)kept_ud2;
    table[1].address = (uint64_t)kept_int80;
    expect("ud2 and int 0x80", hypercall(set_trap_table, table), 0);
    expect("a syscall callback", hypercall(callback_op, CALLBACKOP_register, &callback), 0);
    callback = (struct callback_register){.type = CALLBACKTYPE_syscall32, .address = (uint64_t)kept_syscall32};
    expect("one for 32-bit code", hypercall(callback_op, CALLBACKOP_register, &callback), 0);
    entry("syscall: all flags in the frame", "syscall: none in the handler", code, "\x0f\x05", FLAT_USER_CS, BY_SYSCALL);
    entry("ud2: all flags in the frame", "ud2: none in the handler", code, "\x0f\x0b", FLAT_USER_CS, 6);
    entry("int 0x80: all flags in the frame", "int 0x80: none in the handler", code, "\xcd\x80", FLAT_USER_CS, 0x80);
    entry("syscall from 32-bit code: all flags in the frame", "syscall from 32-bit code: none in the handler", code,
          "\x0f\x05", USER_CS32, BY_SYSCALL32);
}
