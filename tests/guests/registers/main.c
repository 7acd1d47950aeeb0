/* SPDX-License-Identifier: MIT */
/*
 * A hypercall changes rax, rcx and r11 and no other register, whatever becomes of the vcpu meanwhile. A system call
 * of user mode brings all registers to its kernel, and iret brings them back, by either of its ways.
 */
#include "guest.h"

#define KEPT(X) X(rbx) X(rbp) X(rdi) X(rsi) X(rdx) X(r8) X(r9) X(r10) X(r12) X(r13) X(r14) X(r15)
enum {
#define NUMBER(name) NR_##name,
    KEPT(NUMBER) NR_KEPT
};
uint64_t before[NR_KEPT], after[NR_KEPT], number, result, stack; /* call() names them in its text */

/* The arguments are what rdi, rsi and rdx hold of `before`. */
static void __attribute__((noinline)) call(void)
{
#define LOAD(name)  "mov before + 8 * %c[" #name "], %%" #name "\n\t"
#define STORE(name) "mov %%" #name ", after + 8 * %c[" #name "]\n\t"
#define INDEX(name) , [name] "i"(NR_##name)
    __asm__ volatile("push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15; mov %%rsp, stack\n\t" KEPT(LOAD)
                     "mov number, %%rax\n\tsyscall\n\tmov %%rax, result\n\t" KEPT(STORE)
                     "mov stack, %%rsp; pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx"
                     : : "i"(0) KEPT(INDEX)
                     : "rax", "rcx", "rdx", "rdi", "rsi", "r8", "r9", "r10", "r11", "memory", "cc");
}

static void kept(const char *what, uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3, long want)
{
    for (unsigned int i = 0; i < NR_KEPT; i++)
        before[i] = 0x1234567800000000 + i * 0x1111;
    before[NR_rdi] = a1;
    before[NR_rsi] = a2;
    before[NR_rdx] = a3;
    number = nr;
    call();
    ktap_ok(what, (long)result == want && !memcmp(before, after, sizeof(before)));
}

static void hypercalls(void)
{
    static struct multicall_entry list[2] = {{.op = __HYPERVISOR_xen_version}, {.op = 0x77}};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    struct sched_poll poll = {.timeout = time_ns() + 3000000};
    struct evtchn_send send;
    uint64_t upcalls_before = upcalls;

    kept("the shortest one", __HYPERVISOR_xen_version, XENVER_version, 0, 0, hypercall(xen_version, XENVER_version));
    kept("an unknown number", 50, 1, 2, 3, -XEN_ENOSYS);
    kept("a number far beyond the table", 1ul << 40, 1, 2, 3, -XEN_ENOSYS);
    kept("a refused one", __HYPERVISOR_event_channel_op, EVTCHNOP_send, UNMAPPED, 0, -XEN_EFAULT);
    kept("a multicall", __HYPERVISOR_multicall, (uint64_t)list, 2, 0, 0);
    ktap_equal("whose unknown entry is refused", list[1].result, (uint64_t)-XEN_ENOSYS);
    kept("yield", __HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0);
    kept("waiting, while the pcpu does something else", __HYPERVISOR_sched_op, SCHEDOP_poll, (uint64_t)&poll, 0, 0);
    expect("a port to ourselves", hypercall(event_channel_op, EVTCHNOP_bind_ipi, &ipi), 0);
    send.port = ipi.port;
    __atomic_fetch_and(&shared_info->evtchn_mask[0], ~(1ul << send.port), __ATOMIC_SEQ_CST);
    events_enable();
    kept("sending an event, with its handler run", __HYPERVISOR_event_channel_op, EVTCHNOP_send, (uint64_t)&send, 0, 0);
    events_disable();
    ktap_equal("it was", upcalls - upcalls_before, 1);
}

static struct frame at_syscall, at_end;
static uint64_t gs_inside, cr3_inside, mask_inside, in_kernel = 0x4b, in_user = 0x55;

/* The user's SYSCALL gets other values back; the #UD behind it shows what came. */
static bool hook(struct frame *frame)
{
    if (frame->vector == 6) {
        at_end = *frame;
        user_return(0);
    }
    if (frame->vector != BY_SYSCALL)
        return false;
    at_syscall = *frame;
    mask_inside = vcpu0()->evtchn_upcall_mask;
    __asm__ volatile("mov %%gs:0, %0; mov %%cr3, %1" : "=r"(gs_inside), "=r"(cr3_inside));
    frame->rax = 0xaaaa;
    frame->rcx = 0xcccc;
    frame->r11 = 0xbbbb;
    return true;
}

static void user(void) { __asm__ volatile("mov %gs:0, %r9; syscall; ud2"); }

static bool same(const struct frame *f)
{
    return f->rbx == 1 && f->rbp == 2 && f->rdi == 3 && f->rsi == 4 && f->rdx == 5 && f->r8 == 6 && f->r9 == in_user &&
           f->r10 == 7 && f->r12 == 8 && f->r13 == 9 && f->r14 == 10 && f->r15 == 11;
}

static void round_trip(uint64_t flags)
{
    struct frame frame;

    user_frame(&frame, user);
    frame.rbx = 1, frame.rbp = 2, frame.rdi = 3, frame.rsi = 4, frame.rdx = 5, frame.r8 = 6, frame.r10 = 7;
    frame.r12 = 8, frame.r13 = 9, frame.r14 = 10, frame.r15 = 11, frame.rax = 12;
    frame.rflags = 0xa43; /* OF ZF CF IF */
    iret_flags = flags;
    user_call(&frame);
    iret_flags = 0;
    ktap_ok("registers reach the kernel", same(&at_syscall) && at_syscall.rax == 12 && at_syscall.rsp == frame.rsp);
    ktap_ok("rcx and r11 as SYSCALL leaves them", at_syscall.rcx == at_syscall.rip && at_syscall.r11 == 0xa43);
    ktap_ok("selectors, flags", at_syscall.cs == FLAT_USER_CS && at_syscall.ss == FLAT_USER_SS && at_syscall.rflags == 0xa43);
    ktap_ok("the upcall mask was clear, and is set inside", at_syscall.saved_mask == 0 && mask_inside == 1);
    ktap_ok("the kernel's root and GS", cr3_inside / PAGE_SIZE == virt_to_mfn(boot_root()) && gs_inside == in_kernel);
    ktap_ok("registers come back", same(&at_end) && at_end.rax == 0xaaaa && at_end.rsp == frame.rsp);
    ktap_ok("flags as well", (at_end.rflags & ~0x10000ul) == 0xa43 && at_end.saved_mask == 0);
    ktap_ok("rcx and r11 as the kernel wants",
            flags ? at_end.rcx == at_syscall.rip : at_end.rcx == 0xcccc && at_end.r11 == 0xbbbb);
}

void test_main(void)
{
    struct callback_register callback = {.type = CALLBACKTYPE_syscall, .flags = CALLBACKF_mask_events,
                                         .address = (uint64_t)syscall_entry};

    hypercalls();
    user_root_install();
    expect("a syscall callback that masks", hypercall(callback_op, CALLBACKOP_register, &callback), 0);
    expect("GS of the kernel", hypercall(set_segment_base, SEGBASE_GS_KERNEL, &in_kernel), 0);
    expect("GS of user mode", hypercall(set_segment_base, SEGBASE_GS_USER, &in_user), 0);
    trap_hook = hook;
    round_trip(0);
    round_trip(VGCF_in_syscall);
    expect("one root for both modes", mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(boot_root())), 0);
    round_trip(0);
    round_trip(VGCF_in_syscall);
}
