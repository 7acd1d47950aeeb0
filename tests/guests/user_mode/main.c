/* SPDX-License-Identifier: MIT */
/*
 * The two modes of a 64-bit PV guest: iret to RPL 3 enters user mode with the user root and user gs; a
 * syscall or exception returns to the kernel on the stack_switch stack; the kernel's syscall is a hypercall.
 */
#include "guest.h"

#define KERNEL_ONLY 0xffff910000000000ul

static struct frame got;
static uint64_t cr3_inside;

static bool from_user(struct frame *frame)
{
    if (frame->vector == BY_EVENT)
        return false;
    got = *frame;
    __asm__ volatile("mov %%cr3, %0" : "=r"(cr3_inside));
    user_return(frame->vector);
}

static void do_syscall(void) { __asm__ volatile("mov $0x77, %eax; mov $0x1111, %edi; syscall"); }
static void do_ud2(void) { __asm__ volatile("ud2"); }
static void do_cli(void) { __asm__ volatile("cli"); }
static void do_out_80(void) { __asm__ volatile("out %al, $0x80; syscall"); }
static void do_out_81(void) { __asm__ volatile("out %al, $0x81; syscall"); }
static void do_kernel_read(void) { (void)*(volatile char *)HYPERVISOR_TEXT; }

/* Ports by a bitmap that only the kernel's root maps, as Linux keeps it. */
static void ports_of_programs(void)
{
    static char page[PAGE_SIZE] page_aligned;
    struct physdev_set_iobitmap bitmap = {.nr_ports = 1024};
    struct frame frame;

    memset(page, 0xff, 128);
    page[0x80 / 8] = (char)0xfe;
    ktap_ok("a page in the kernel's root alone", map_new_va(KERNEL_ONLY, pte_for(page, RW)));
    set_xen_guest_handle(bitmap.bitmap, (uint8_t *)KERNEL_ONLY);
    expect("a bitmap there", hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), 0);
    user_frame(&frame, do_out_80);
    ktap_equal("a port it allows", (uint64_t)user_call(&frame), BY_SYSCALL);
    user_frame(&frame, do_out_81);
    ktap_equal("one that it does not", (uint64_t)user_call(&frame), 13);
}

void test_main(void)
{
    struct callback_register callback = {.type = CALLBACKTYPE_syscall, .address = (uint64_t)syscall_entry};
    uint64_t stack = (uint64_t)page_alloc() + PAGE_SIZE;
    struct frame frame;

    user_root_install();
    expect("a stack for entries from user mode", hypercall(stack_switch, FLAT_KERNEL_SS, stack), 0);
    expect("a syscall callback", hypercall(callback_op, CALLBACKOP_register, &callback), 0);
    trap_hook = from_user;
    user_frame(&frame, do_syscall);
    frame.rflags |= 0x41;
    ktap_equal("syscall from user mode enters the callback", (uint64_t)user_call(&frame), BY_SYSCALL);
    ktap_equal("rax arrives", got.rax, 0x77);
    ktap_equal("rdi arrives", got.rdi, 0x1111);
    ktap_equal("rcx holds the return address", got.rcx, got.rip);
    ktap_equal("r11 holds the flags", got.r11 & 0x41, 0x41);
    ktap_equal("cs has RPL 3", got.cs & 0xffff, FLAT_USER_CS | 3);
    ktap_equal("ss is the user's", got.ss, FLAT_USER_SS | 3);
    ktap_equal("the user's IF is set", got.rflags & 0x200, 0x200);
    ktap_equal("the kernel's root is back", cr3_inside / PAGE_SIZE, virt_to_mfn(boot_root()));
    ktap_ok("on the registered stack", user_call(&frame) == BY_SYSCALL && got.rsp == frame.rsp);
    user_frame(&frame, do_ud2);
    ktap_equal("an exception from user mode", (uint64_t)user_call(&frame), 6);
    ktap_equal("at its rip", got.rip, frame.rip);
    user_frame(&frame, do_cli);
    ktap_equal("cli in user mode is a #GP", (uint64_t)user_call(&frame), 13);
    user_frame(&frame, do_kernel_read);
    ktap_equal("the hypervisor's memory faults", (uint64_t)user_call(&frame), 14);
    ktap_equal("with the U bit", got.error, 4);
    ports_of_programs();
    callback.type = 77;
    expect("an unknown callback type", hypercall(callback_op, CALLBACKOP_register, &callback), -XEN_ENOSYS);
    callback.type = CALLBACKTYPE_syscall;
    callback.address = NON_CANONICAL;
    expect("a non-canonical callback", hypercall(callback_op, CALLBACKOP_register, &callback), -XEN_EINVAL);
    expect("a stack with no valid ss is mended", hypercall(stack_switch, 0x8, stack), 0);
}
