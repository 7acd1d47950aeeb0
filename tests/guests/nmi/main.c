/* SPDX-License-Identifier: MIT */
/*
 * nmi_op: a handler can be registered, in place of the trap table's; vcpu_op send_nmi delivers to it, also when its
 * vcpu never calls us; NMIs do not nest before iret. (vcpus: 2)
 */
#include "guest.h"

static volatile uint64_t nmis, by_table, ready;
static bool hook(struct frame *frame)
{
    by_table += frame->vector == 2;
    nmis += frame->vector == BY_NMI;
    return frame->vector == BY_NMI || frame->vector == 2;
}

/* Neither calls the hypervisor nor lets events interrupt it. */
static void second(void)
{
    struct xennmi_callback callback = {.handler_address = (uint64_t)nmi_entry};

    ready = hypercall(nmi_op, XENNMI_register_callback, &callback) == 0;
    for (;;)
        __asm__ volatile("pause");
}

static void to_another(void)
{
    expect_ok("another vcpu starts", vcpu_start(1, second));
    ktap_ok("and is ready", wait_for(&ready, 1, 2000));
    for (uint64_t end = time_ns() + 5000000; time_ns() < end;)
        __asm__ volatile("pause");
    nmis = 0;
    for (uint64_t n = 1; n <= 20; n++) {
        hypercall(vcpu_op, VCPUOP_send_nmi, 1, NULL);
        wait_for(&nmis, n, 500);
    }
    ktap_equal("NMIs reach it wherever it is", nmis, 20);
}

void test_main(void)
{
    struct xennmi_callback callback = {.handler_address = (uint64_t)nmi_entry};
    struct callback_register registration = {.type = CALLBACKTYPE_nmi, .address = (uint64_t)nmi_entry};

    trap_hook = hook;
    expect("send an NMI before a handler is registered", hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0);
    ktap_equal("it came by the trap table", by_table, 1);
    expect("register through nmi_op", hypercall(nmi_op, XENNMI_register_callback, &callback), 0);
    expect("send an NMI to oneself", hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0);
    ktap_equal("it came", nmis, 1);
    expect("again", hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0);
    ktap_equal("it came after iret ended the first", nmis, 2);
    expect("unregister", hypercall(nmi_op, XENNMI_unregister_callback, NULL), 0);
    expect("send with no handler", hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0);
    expect("register through callback_op", hypercall(callback_op, CALLBACKOP_register, &registration), 0);
    expect("send", hypercall(vcpu_op, VCPUOP_send_nmi, 0, NULL), 0);
    ktap_equal("it came, and what nobody waited for was lost", nmis, 3);
    ktap_equal("none came by the trap table", by_table, 1);
    expect("an unknown sub-op", hypercall(nmi_op, 77, &callback), -XEN_ENOSYS);
    expect("a callback inside the hypervisor", hypercall(nmi_op, XENNMI_register_callback, HYPERVISOR_TEXT), -XEN_EFAULT);
    callback.handler_address = NON_CANONICAL;
    expect("a non-canonical handler", hypercall(nmi_op, XENNMI_register_callback, &callback), -XEN_EINVAL);
    to_another();
}
