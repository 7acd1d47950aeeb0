/* SPDX-License-Identifier: MIT */
/*
 * set_segment_base: fs, user gs, kernel gs, and the user gs selector. And segments that have a base by their descriptor,
 * which is nobody's in 64-bit mode: not the hypervisor's either.
 */
#include "guest.h"

static uint64_t words[4] = {11, 22, 33, 44};

static uint64_t read_fs(void)
{
    uint64_t value;

    __asm__ volatile("mov %%fs:0, %0" : "=r"(value));
    return value;
}

static uint64_t read_gs(void)
{
    uint64_t value;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(value));
    return value;
}

static bool from_user(struct frame *frame)
{
    if ((frame->cs & 3) != 3)
        return false;
    user_return((long)frame->rax);
}

static void user_traps(void) { __asm__ volatile("mov $77, %%eax; ud2" : : : "rax"); }
static void user_reads_gs(void) { __asm__ volatile("mov %%gs:0, %%rax; ud2" : : : "rax"); }

#define BASED_DATA 0xf7cff3d18000ffffull /* at 0xf7d18000 */
#define ALL_SEGMENTS(selector) \
    __asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs" : : "r"(selector))

static void segments_with_a_base(void)
{
    uint64_t *gdt = page_alloc(), frame = virt_to_mfn(gdt);
    struct frame user;

    gdt[1] = BASED_DATA;
    page_readonly(gdt);
    expect("a GDT", hypercall(set_gdt, &frame, 512), 0);
    ALL_SEGMENTS(1 * 8 + 3);
    expect("a call with segments that have a base", hypercall(xen_version, XENVER_version), 4 << 16 | 17);
    user_frame(&user, user_traps);
    ktap_equal("a trap with them", (uint64_t)user_call(&user), 77);
    ALL_SEGMENTS(0);
}

void test_main(void)
{
    struct frame frame;

    expect("fs base", hypercall(set_segment_base, SEGBASE_FS, &words[0]), 0);
    ktap_equal("is used", read_fs(), 11);
    expect("kernel gs base", hypercall(set_segment_base, SEGBASE_GS_KERNEL, &words[1]), 0);
    ktap_equal("is used", read_gs(), 22);
    expect("user gs base", hypercall(set_segment_base, SEGBASE_GS_USER, &words[2]), 0);
    ktap_equal("the kernel's is unchanged", read_gs(), 22);
    user_root_install();
    trap_hook = from_user;
    user_frame(&frame, user_reads_gs);
    ktap_equal("user mode sees the user's", (uint64_t)user_call(&frame), 33);
    ktap_equal("and the kernel its own again", read_gs(), 22);
    expect("user gs selector null", hypercall(set_segment_base, SEGBASE_GS_USER_SEL, 0), 0);
    expect("a selector that does not exist is no error", hypercall(set_segment_base, SEGBASE_GS_USER_SEL, 0x7fff), 0);
    expect("a non-canonical fs base", hypercall(set_segment_base, SEGBASE_FS, NON_CANONICAL), -XEN_EINVAL);
    expect("a non-canonical kernel gs base", hypercall(set_segment_base, SEGBASE_GS_KERNEL, NON_CANONICAL), -XEN_EINVAL);
    expect("a non-canonical user gs base", hypercall(set_segment_base, SEGBASE_GS_USER, NON_CANONICAL), -XEN_EINVAL);
    expect("an unknown base", hypercall(set_segment_base, 77, 0), -XEN_EINVAL);
    segments_with_a_base();
}
