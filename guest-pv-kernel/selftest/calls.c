/* SPDX-License-Identifier: MIT
 * The calls about calls: multicall, xen_version, vm_assist, callback_op, console_io, unknown
 * numbers, and the raw syscall instruction beside the hypercall page. */
#include "selftest/test.h"

#include <xen/callback.h>
#include <xen/nmi.h>

static void multicall_order(struct test_info *t)
{
    uint64_t pfn = frame_alloc(), *page = frame_address(pfn);
    struct mmu_update u[2] = {
        {test_table_address(pfn, 0), 1},
        {test_table_address(pfn, 0), 2},
    };
    struct multicall_entry m[3] = {
        {.op = __HYPERVISOR_mmu_update, .args = {(uint64_t)&u[0], 1, 0, DOMID_SELF}},
        {.op = __HYPERVISOR_mmu_update, .args = {(uint64_t)&u[1], 1, 0, DOMID_SELF}},
        {.op = __HYPERVISOR_xen_version, .args = {XENVER_version, 0}},
    };

    CHECK(HYPERVISOR_multicall(m, 3), 0);
    CHECK(m[0].result, 0);
    CHECK(m[1].result, 0);
    CHECK(m[2].result, HYPERVISOR_xen_version(XENVER_version, NULL));
    CHECK(page[0], 2);
    frame_put(pfn);
}

static void multicall_failures(struct test_info *t)
{
    struct multicall_entry m[3] = {
        {.op = 63},
        {.op = __HYPERVISOR_mmu_update, .args = {0x123456000, 1, 0, DOMID_SELF}},
        {.op = __HYPERVISOR_sched_op, .args = {SCHEDOP_yield, 0}},
    };

    CHECK(HYPERVISOR_multicall(m, 3), 0); /* each entry fails for itself */
    CHECK(m[0].result, ERR(ENOSYS));
    CHECK(m[1].result, ERR(EFAULT));
    CHECK(m[2].result, 0);
}

static void multicall_nested(struct test_info *t)
{
    struct multicall_entry inner = {.op = __HYPERVISOR_xen_version, .args = {XENVER_version, 0}};
    struct multicall_entry outer = {.op = __HYPERVISOR_multicall, .args = {(uint64_t)&inner, 1}};

    CHECK(HYPERVISOR_multicall(&outer, 1), 0);
    CHECK(outer.result, ERR(EINVAL));
}

static void multicall_refused(struct test_info *t)
{
    CHECK(HYPERVISOR_multicall((struct multicall_entry *)0x123456000, 1), ERR(EFAULT));
    CHECK(HYPERVISOR_multicall(NULL, 0), 0);
}

static void version(struct test_info *t)
{
    CHECK(HYPERVISOR_xen_version(XENVER_version, NULL), 4 << 16 | 17);
    CHECK(HYPERVISOR_xen_version(XENVER_pagesize, NULL), PAGE_SIZE);
    CHECK(HYPERVISOR_xen_version(999, NULL), ERR(ENOSYS));
}

static void version_texts(struct test_info *t)
{
    static xen_extraversion_t extra;
    static xen_changeset_info_t change;
    static xen_compile_info_t compile;
    static xen_capabilities_info_t caps;
    static xen_commandline_t line;

    CHECK(HYPERVISOR_xen_version(XENVER_extraversion, &extra), 0);
    CHECK(HYPERVISOR_xen_version(XENVER_changeset, &change), 0);
    CHECK(HYPERVISOR_xen_version(XENVER_compile_info, &compile), 0);
    CHECK(HYPERVISOR_xen_version(XENVER_capabilities, &caps), 0);
    CHECK_NOT(strstr(caps, "xen-3.0-x86_64") != NULL, 0);
    CHECK(HYPERVISOR_xen_version(XENVER_commandline, &line), 0);
}

static void version_parameters(struct test_info *t)
{
    struct xen_platform_parameters p = {0};
    struct xen_feature_info f = {.submap_idx = 0};
    xen_domain_handle_t handle;

    CHECK(HYPERVISOR_xen_version(XENVER_platform_parameters, &p), 0);
    CHECK(p.virt_start, 0xffff800000000000UL);
    CHECK(HYPERVISOR_xen_version(XENVER_get_features, &f), 0);
    CHECK_NOT(f.submap & 1U << XENFEAT_mmu_pt_update_preserve_ad, 0);
    CHECK(f.submap & 1U << XENFEAT_auto_translated_physmap, 0);
    f.submap_idx = 99;
    CHECK(HYPERVISOR_xen_version(XENVER_get_features, &f), ERR(EINVAL));
    CHECK(HYPERVISOR_xen_version(XENVER_guest_handle, &handle), 0);
}

static void unknown_numbers(struct test_info *t)
{
    CHECK(hypercall(11, 0, 0, 0, 0, 0), ERR(ENOSYS));
    CHECK(hypercall(47, 0, 0, 0, 0, 0), ERR(ENOSYS));
    CHECK(hypercall(63, 0, 0, 0, 0, 0), ERR(ENOSYS));
}

static uint64_t raw_call(uint64_t nr, uint64_t a)
{
    uint64_t rc;

    __asm__ volatile("syscall" : "=a"(rc) : "0"(nr), "D"(a), "S"(0UL) : "rcx", "r11", "memory");
    return rc;
}

static void raw_syscall(struct test_info *t)
{
    CHECK(raw_call(__HYPERVISOR_xen_version, XENVER_version), 4 << 16 | 17);
    CHECK(raw_call(0x1000, 0), ERR(ENOSYS));
    CHECK(raw_call(0xffffffffffffffffUL, 0), ERR(ENOSYS));
}

static void assists(struct test_info *t)
{
    CHECK(HYPERVISOR_vm_assist(VMASST_CMD_enable, 60), ERR(EINVAL));
    CHECK(HYPERVISOR_vm_assist(99, VMASST_TYPE_writable_pagetables), ERR(ENOSYS));
    CHECK(HYPERVISOR_vm_assist(VMASST_CMD_disable, VMASST_TYPE_writable_pagetables), 0);
}

static void callbacks(struct test_info *t)
{
    struct callback_register r = {.type = 99, .address = (uint64_t)entry_event};
    struct callback_unregister u = {.type = CALLBACKTYPE_event};

    CHECK(HYPERVISOR_callback_op(CALLBACKOP_register, &r), ERR(ENOSYS));
    CHECK(HYPERVISOR_callback_op(CALLBACKOP_unregister, &u), ERR(EINVAL));
    CHECK(HYPERVISOR_callback_op(99, &u), ERR(ENOSYS));
    CHECK(HYPERVISOR_callback_op(CALLBACKOP_register, (void *)0x123456000), ERR(EFAULT));
}

static void nmi(struct test_info *t)
{
    struct xennmi_callback c = {.handler_address = (uint64_t)entry_event};
    bool irq = irq_save();

    CHECK(HYPERVISOR_nmi_op(99, &c), ERR(ENOSYS));
    CHECK(HYPERVISOR_nmi_op(XENNMI_register_callback, &c), 0);
    CHECK(HYPERVISOR_nmi_op(XENNMI_unregister_callback, NULL), 0);
    irq_restore(irq);
}

/* The old call that sets all three at once, with the values they have. */
static void set_callbacks(struct test_info *t)
{
    bool irq = irq_save();

    CHECK(HYPERVISOR_set_callbacks((uint64_t)entry_event, (uint64_t)entry_failsafe,
                                   (uint64_t)entry_syscall),
          0);
    trap_setup_cpu(); /* it knows no flags: say again that events are masked on entry */
    irq_restore(irq);
}

static void console(struct test_info *t)
{
    char c;

    CHECK(HYPERVISOR_console_io(99, 0, &c), ERR(ENOSYS));
    CHECK(HYPERVISOR_console_io(CONSOLEIO_write, 5, (char *)0x123456000), ERR(EFAULT));
}

static void stack_switch(struct test_info *t)
{
    bool irq = irq_save();

    CHECK(HYPERVISOR_stack_switch(SEL_DATA, (uint64_t)current()->stack + STACK_SIZE), 0);
    irq_restore(irq);
}

const struct test call_tests[] = {
    {"call.multicall_order", multicall_order},
    {"call.multicall_failures", multicall_failures},
    {"call.multicall_nested", multicall_nested},
    {"call.multicall_refused", multicall_refused},
    {"call.version", version},
    {"call.version_texts", version_texts},
    {"call.version_parameters", version_parameters},
    {"call.unknown_numbers", unknown_numbers},
    {"call.raw_syscall", raw_syscall},
    {"call.assists", assists},
    {"call.callbacks", callbacks},
    {"call.nmi", nmi},
    {"call.set_callbacks", set_callbacks},
    {"call.console", console},
    {"call.stack_switch", stack_switch},
    {0},
};
