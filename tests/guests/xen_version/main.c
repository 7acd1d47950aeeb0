/* SPDX-License-Identifier: MIT */
/* xen_version: who the hypervisor says it is, and which features a guest may rely on. */
#include "guest.h"

static long version(unsigned int command, void *argument) { return hypercall(xen_version, command, argument); }

void test_main(void)
{
    xen_extraversion_t extra;
    xen_compile_info_t compile;
    xen_capabilities_info_t capabilities;
    xen_changeset_info_t changeset;
    xen_platform_parameters_t platform;
    xen_commandline_t commandline;
    xen_domain_handle_t handle;
    struct xen_feature_info features = {.submap_idx = 0};
    bool terminated = false;

    ktap_equal("version is 4.17", (uint64_t)version(XENVER_version, NULL), 0x40011);
    expect("extraversion", version(XENVER_extraversion, extra), 0);
    ktap_equal("begins with a dot", (uint64_t)extra[0], '.');
    expect("compile_info", version(XENVER_compile_info, &compile), 0);
    expect("capabilities", version(XENVER_capabilities, capabilities), 0);
    for (unsigned int i = 0; i < sizeof(capabilities); i++)
        terminated |= !memcmp(&capabilities[i], "xen-3.0-x86_64", 14);
    ktap_ok("name xen-3.0-x86_64", terminated);
    expect("changeset", version(XENVER_changeset, changeset), 0);
    expect("platform_parameters", version(XENVER_platform_parameters, &platform), 0);
    ktap_equal("the hypervisor's range starts at the ABI's address", platform.virt_start, HYPERVISOR_START);
    expect("get_features", version(XENVER_get_features, &features), 0);
    ktap_ok("preserve-AD is among them", features.submap & 1u << XENFEAT_mmu_pt_update_preserve_ad);
    ktap_ok("gnttab_map_avail_bits too", features.submap & 1u << XENFEAT_gnttab_map_avail_bits);
    ktap_equal("auto-translation is not", features.submap & 1u << XENFEAT_auto_translated_physmap, 0);
    ktap_ok("domain 0 is told so", features.submap & 1u << XENFEAT_dom0);
    features.submap_idx = 1;
    expect("a feature word that does not exist", version(XENVER_get_features, &features), -XEN_EINVAL);
    ktap_equal("pagesize", (uint64_t)version(XENVER_pagesize, NULL), 4096);
    expect("guest_handle", version(XENVER_guest_handle, &handle), 0);
    expect("commandline", version(XENVER_commandline, commandline), 0);
    ktap_ok("build_id", version(XENVER_build_id, NULL) != -XEN_ENOSYS);
    expect("an unknown sub-op", version(77, NULL), -XEN_ENOSYS);
    expect("an answer inside the hypervisor", version(XENVER_extraversion, (void *)HYPERVISOR_TEXT), -XEN_EFAULT);
    expect("into the M2P", version(XENVER_capabilities, (void *)HYPERVISOR_START), -XEN_EFAULT);
    expect("to an unmapped address", version(XENVER_get_features, (void *)UNMAPPED), -XEN_EFAULT);
    ktap_equal("through syscall, without the page", (uint64_t)hypercall_syscall(__HYPERVISOR_xen_version, XENVER_version, 0, 0), 0x40011);
}
