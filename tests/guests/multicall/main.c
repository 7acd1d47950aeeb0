/* SPDX-License-Identifier: MIT */
/* multicall: a list of calls, each with its own result; a refused one does not stop the others. */
#include "guest.h"

void test_main(void)
{
    struct multicall_entry list[4];
    char *page = page_alloc();

    memset(list, 0, sizeof(list));
    list[0].op = __HYPERVISOR_xen_version;
    list[0].args[0] = XENVER_version;
    list[1].op = 63;
    list[2].op = __HYPERVISOR_update_va_mapping;
    list[2].args[0] = (uint64_t)page;
    list[2].args[1] = pte_for(page, RO);
    list[2].args[2] = UVMF_INVLPG;
    list[3].op = __HYPERVISOR_fpu_taskswitch;
    expect("a list of four", hypercall(multicall, list, 4), 0);
    ktap_ok("the first has its version", (long)list[0].result >= 0x40000);
    ktap_equal("the second does not exist", list[1].result, (uint64_t)-XEN_ENOSYS);
    ktap_equal("the third worked", list[2].result, 0);
    expect_trap("with effect", try_write((uint64_t)page, 1), 14, 3);
    ktap_equal("the fourth worked", list[3].result, 0);
    expect("an empty list", hypercall(multicall, list, 0), 0);
    expect("an empty list nowhere", hypercall(multicall, UNMAPPED, 0), 0);
    expect("a list at an unmapped address", hypercall(multicall, UNMAPPED, 1), -XEN_EFAULT);
    expect("a list inside the hypervisor", hypercall(multicall, HYPERVISOR_TEXT, 1), -XEN_EFAULT);
    list[0].op = __HYPERVISOR_multicall;
    list[0].args[0] = (uint64_t)&list[1];
    list[0].args[1] = 1;
    list[1].op = __HYPERVISOR_xen_version;
    list[1].args[0] = XENVER_version;
    expect("a multicall inside a multicall", hypercall(multicall, list, 1), 0);
    ktap_equal("is refused", list[0].result, (uint64_t)-XEN_EINVAL);
    static struct multicall_entry many[2000];
    bool all = true;
    for (unsigned int i = 0; i < ARRAY_SIZE(many); i++) {
        many[i].op = __HYPERVISOR_xen_version;
        many[i].args[0] = XENVER_version;
    }
    expect("two thousand", hypercall(multicall, many, ARRAY_SIZE(many)), 0);
    for (unsigned int i = 0; i < ARRAY_SIZE(many); i++)
        all &= (long)many[i].result >= 0x40000;
    ktap_ok("all performed", all);
}
