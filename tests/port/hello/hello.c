/* SPDX-License-Identifier: MIT */
/* The smallest whole guest: one file, no library, no linker script. docs/guide/01-hello.md goes through it. */
#define __XEN_INTERFACE_VERSION__ 0x00040e00 /* else each name has its oldest meaning */
#include <stddef.h>
#include <stdint.h>
#include <xen/elfnote.h>
#include <xen/xen.h>
#include <xen/sched.h>

/* notes: what makes an ELF file a PV kernel */
__asm__(".pushsection .note.Xen, \"a\", @note\n"
        ".balign 4; .long 4, 8, 5; .asciz \"Xen\", \"xen-3.0\"\n" /* 5: XEN_ELFNOTE_XEN_VERSION */
        ".balign 4; .long 4, 8, 8; .asciz \"Xen\", \"generic\"\n" /* 8: XEN_ELFNOTE_LOADER */
        ".balign 4; .long 4, 6, 6; .asciz \"Xen\", \"hello\"\n"   /* 6: XEN_ELFNOTE_GUEST_OS */
        ".popsection");
_Static_assert(XEN_ELFNOTE_XEN_VERSION == 5 && XEN_ELFNOTE_LOADER == 8 && XEN_ELFNOTE_GUEST_OS == 6, "as above");

/* entry: there is a stack already, and rsi points to the start_info page */
__asm__(".globl _start\n"
        "_start: mov %rsi, %rdi\n"
        "        call hello\n"
        "        ud2\n");

/* hypercall: number in rax, arguments in rdi, rsi, rdx; the answer comes in rax, rcx and r11 are lost */
static long hypercall(long number, long a, long b, const void *c)
{
    __asm__ volatile("syscall" : "+a"(number), "+D"(a), "+S"(b), "+d"(c) : : "rcx", "r11", "memory");
    return number;
}

static void say(const char *text)
{
    long length = 0;

    while (text[length])
        length++;
    hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, length, text);
}

/* main */
void hello(const struct start_info *info)
{
    struct sched_shutdown off = {.reason = SHUTDOWN_poweroff};

    say("hello from ring 3 of ");
    say(info->magic);
    say("\n");
    hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (long)&off, NULL);
}
/* end */
