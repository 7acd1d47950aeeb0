/* SPDX-License-Identifier: MIT */
/* Traps as values, the start of the guest, and user mode. */
#include "guest.h"

void test_main(void);
void guest_start(void);
void trap_dispatch(struct frame *frame);

start_info_t *start_info;
static char shared_page[PAGE_SIZE] page_aligned;
shared_info_t *shared_info = (shared_info_t *)shared_page;
volatile uint64_t trap_resume;
struct trap trap_seen;
bool (*trap_hook)(struct frame *);
volatile uint64_t events_seen[64], upcalls;

static void events_dispatch(void)
{
    struct vcpu_info *vcpu = vcpu0();

    upcalls++;
    vcpu->evtchn_upcall_pending = 0;
    vcpu->evtchn_pending_sel = 0;
    for (unsigned int port = 0; port < 64; port++) {
        uint64_t bit = 1ul << port;

        if ((shared_info->evtchn_pending[0] & bit) && !(shared_info->evtchn_mask[0] & bit)) {
            __atomic_fetch_and(&shared_info->evtchn_pending[0], ~bit, __ATOMIC_SEQ_CST);
            events_seen[port]++;
        }
    }
}

void trap_dispatch(struct frame *frame)
{
    if (trap_hook && trap_hook(frame))
        return;
    if (frame->vector == BY_EVENT) {
        events_dispatch();
        return;
    }
    if (!trap_resume) {
        print("# unexpected vector %lu error 0x%lx rip 0x%lx rsp 0x%lx cs 0x%x rflags 0x%lx cr2 0x%lx\n",
              frame->vector, frame->error, frame->rip, frame->rsp, frame->cs, frame->rflags,
              vcpu0()->arch.cr2);
        ktap_ok("no unexpected trap", false);
        guest_exit(SHUTDOWN_crash);
    }
    trap_seen = (struct trap){.vector = (long)frame->vector,
                              .error = frame->error,
                              .cr2 = vcpu0()->arch.cr2,
                              .frame = *frame,
                              .mask_inside = vcpu0()->evtchn_upcall_mask};
    frame->rip = trap_resume;
}

void trap_table_install(uint8_t flags)
{
    static struct trap_info table[257];

    for (unsigned int i = 0; i < 256; i++)
        table[i] = (struct trap_info){.vector = (uint8_t)i, .flags = flags, .cs = FLAT_KERNEL_CS,
                                      .address = TRAP_STUB(i)};
    if (hypercall(set_trap_table, table))
        print("# set_trap_table refused\n");
}

static struct trap try_at(uint64_t va, bool write, uint64_t value)
{
    uint64_t scratch = value;

    if (write)
        return TRY("movq %1, (%0)", : : "r"(va), "r"(scratch) : "memory");
    return TRY("movq (%1), %0", : "=r"(scratch) : "r"(va) : "memory");
}

struct trap try_read(uint64_t va) { return try_at(va, false, 0); }
struct trap try_write(uint64_t va, uint64_t value) { return try_at(va, true, value); }

long hypercall_syscall(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3)
{
    __asm__ volatile("syscall" : "+a"(nr), "+D"(a1), "+S"(a2), "+d"(a3) : : "rcx", "r11", "memory");
    return (long)nr;
}

const char *guest_argument(const char *name)
{
    size_t length = 0;

    while (name[length])
        length++;
    for (const char *at = (const char *)start_info->cmd_line; *at; at++)
        if (!memcmp(at, name, length) && at[length] == '=')
            return at + length + 1;
    return NULL;
}

/* The user root: a copy of the kernel's, so that the same text runs in both; registered, not switched to. */
void user_root_install(void)
{
    uint64_t *root = root_copy();

    if (pin(4, root) || mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(root)))
        ktap_ok("user root installed", false);
    hypercall(stack_switch, FLAT_KERNEL_SS, (uint64_t)page_alloc() + PAGE_SIZE);
}

void user_frame(struct frame *frame, void (*code)(void))
{
    *frame = (struct frame){.rip = (uint64_t)code, .cs = FLAT_USER_CS | 3, .rflags = 0x202,
                            .rsp = (uint64_t)page_alloc() + PAGE_SIZE - 8, .ss = FLAT_USER_SS | 3};
}

void guest_start(void)
{
    print("KTAP version 1\n");
    trap_table_install(0);
    hypercall(set_callbacks, event_entry, failsafe_entry, 0);
    if (hypercall(update_va_mapping, shared_page, start_info->shared_info | RW, UVMF_INVLPG | UVMF_LOCAL))
        print("# shared_info could not be mapped\n");
    test_main();
    guest_exit(SHUTDOWN_poweroff);
}
