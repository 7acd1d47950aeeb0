/* SPDX-License-Identifier: MIT */
/*
 * Software interrupts: from the guest kernel vectors of DPL 1 and more; from its
 * user mode those of DPL 3. Any other is a #GP with the vector in its error code.
 */
#include "guest.h"

static uint64_t resume_at;

static bool from_user(struct frame *frame)
{
    if ((frame->cs & 3) != 3)
        return false;
    trap_seen = (struct trap){.vector = (long)frame->vector, .error = frame->error, .frame = *frame};
    user_return(0);
}

static void user_int80(void) { __asm__ volatile("int $0x80"); }
static void user_int81(void) { __asm__ volatile("int $0x81"); }
static void user_int14(void) { __asm__ volatile("int $14"); }
static void user_int3(void) { __asm__ volatile("int3"); }

static void user(void (*code)(void))
{
    struct frame frame;

    user_frame(&frame, code);
    resume_at = frame.rip;
    user_call(&frame);
}

void test_main(void)
{
    static const uint8_t vectors[5] = {0x80, 0x42, 0x20, 0xff, 6};
    static struct trap_info table[6];

    expect_trap("int 0x42 from the kernel needs DPL 1", TRY("int $0x42", ::: "memory"), 13, 0x42 * 8 + 2);
    expect_trap("int3 does not, being DPL 3 in the CPU's table", TRY("int3", ::: "memory"), 3, 0);
    expect_trap("int 3 in two bytes neither", TRY(".byte 0xcd, 3", ::: "memory"), 3, 0);
    for (unsigned int i = 0; i < 5; i++)
        table[i] = (struct trap_info){.vector = vectors[i], .flags = 1, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(vectors[i])};
    expect("DPL 1 for some vectors", hypercall(set_trap_table, table), 0);
    expect_trap("int 0x80 from the kernel", TRY("int $0x80", ::: "memory"), 0x80, 0);
    expect_trap("int 0x42 from the kernel", TRY("int $0x42", ::: "memory"), 0x42, 0);
    expect_trap("int 0x20 from the kernel", TRY("int $0x20", ::: "memory"), 0x20, 0);
    expect_trap("int 0xff from the kernel", TRY("int $0xff", ::: "memory"), 0xff, 0);
    expect_trap("int 6 from the kernel", TRY("int $6", ::: "memory"), 6, 0);
    user_root_install();
    trap_hook = from_user;
    table[0] = (struct trap_info){.vector = 0x80, .flags = 3, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(0x80)};
    table[1] = (struct trap_info){.vector = 3, .flags = 3, .cs = FLAT_KERNEL_CS, .address = TRAP_STUB(3)};
    table[2].address = 0;
    expect("0x80 and 3 for user mode", hypercall(set_trap_table, table), 0);
    user(user_int80);
    expect_trap("int 0x80 from user mode", trap_seen, 0x80, 0);
    ktap_equal("cs has RPL 3", trap_seen.frame.cs & 3, 3);
    user(user_int3);
    expect_trap("int3 from user mode", trap_seen, 3, 0);
    user(user_int81);
    expect_trap("int 0x81 from user mode", trap_seen, 13, 0x81 * 8 + 2);
    ktap_equal("rip is that of the instruction", trap_seen.frame.rip, resume_at);
    user(user_int14);
    expect_trap("int 14 from user mode", trap_seen, 13, 14 * 8 + 2);
}
