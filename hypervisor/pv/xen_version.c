/* SPDX-License-Identifier: MIT */
/*
 * xen_version: what we claim to be. The ABI of 4.17, as the guest can see it; our own name stands in the texts.
 * The call is also the cheapest one, which guests make only to have their pending events delivered.
 */
#include "pv/pv.h"
#include <xen/version.h>

#define MAJOR 4u
#define MINOR 17u

const char *xen_version_command_line = "";

static long put(uint64_t arg, const void *data, size_t n)
{
    return guest_write(arg, data, n) ? 0 : refuse(guest_copy_efault_write, arg, n);
}

/* A text of fixed size, filled up with zeros. */
static long put_text(uint64_t arg, const char *text, size_t size)
{
    char buf[sizeof(xen_capabilities_info_t)] = {0};

    strlcpy(buf, text, size);
    return put(arg, buf, size);
}

static long get_features(uint64_t arg)
{
    const struct domain *d = current->domain;
    struct xen_feature_info info;

    if (!guest_read(&info, arg, sizeof(info)))
        return refuse(guest_copy_efault_read, arg, sizeof(info));
    if (info.submap_idx >= XENFEAT_NR_SUBMAPS)
        return refuse(xen_version_einval_features_submap, info.submap_idx);
    info.submap = 1u << XENFEAT_mmu_pt_update_preserve_ad | 1u << XENFEAT_highmem_assist |
                  1u << XENFEAT_gnttab_map_avail_bits | 1u << XENFEAT_direct_mapped;
    if (d->vm_assist & 1u << VMASST_TYPE_pae_extended_cr3)
        info.submap |= 1u << XENFEAT_pae_pgdir_above_4gb;
    if (d->privileged)
        info.submap |= 1u << XENFEAT_dom0;
    return put(arg, &info, sizeof(info));
}

static long build_id(uint64_t arg)
{
    uint32_t len;

    if (!current->domain->privileged)
        return refuse(xen_version_eperm_build_id, current->domain->id);
    if (arg && !guest_read(&len, arg, sizeof(len)))
        return refuse(guest_copy_efault_read, arg, sizeof(len));
    if (arg && len == 0)
        return refuse(xen_version_einval_build_id_length);
    return refuse(xen_version_enodata_build_id);
}

/* Not inline: the stack it needs is nothing to the version itself. */
static __attribute__((noinline)) long all_but_version(uint64_t cmd, uint64_t arg)
{
    static const struct xen_compile_info compiled = {.compiler = "gcc " __VERSION__, .compile_by = "paravane"};
    static const struct xen_platform_parameters platform = {.virt_start = HYPERVISOR_START};

    switch ((uint32_t)cmd) {
    case XENVER_extraversion:
        return put_text(arg, ".0-paravane", sizeof(xen_extraversion_t));
    case XENVER_compile_info:
        return put(arg, &compiled, sizeof(compiled));
    case XENVER_capabilities:
        return put_text(arg, "xen-3.0-x86_64", sizeof(xen_capabilities_info_t));
    case XENVER_changeset:
        return put_text(arg, "paravane", sizeof(xen_changeset_info_t));
    case XENVER_platform_parameters:
        return put(arg, &platform, sizeof(platform));
    case XENVER_get_features:
        return get_features(arg);
    case XENVER_pagesize:
        return arg ? refuse(xen_version_einval_pagesize_argument, arg) : (long)PAGE_SIZE;
    case XENVER_guest_handle:
        return put(arg, current->domain->handle, sizeof(current->domain->handle));
    case XENVER_commandline:
        return put_text(arg, current->domain->privileged ? xen_version_command_line : "<denied>",
                        sizeof(xen_commandline_t));
    case XENVER_build_id:
        return build_id(arg);
    default:
        return refuse(xen_version_enosys_unknown_op, (uint32_t)cmd);
    }
}

long hc_xen_version(uint64_t cmd, uint64_t arg)
{
    return (uint32_t)cmd == XENVER_version ? MAJOR << 16 | MINOR : all_but_version(cmd, arg);
}
