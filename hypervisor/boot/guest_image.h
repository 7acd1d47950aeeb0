/* SPDX-License-Identifier: MIT */
/*
 * A guest kernel file, understood: where it wants to lie, where it starts, what it asks for. Pure: works on bytes in
 * memory, on the host as in the hypervisor. A bzImage is unpacked on the host, where a bug is harmless
 * (tools/extract-vmlinux).
 */
#pragma once

#include "boot/boot_info.h"

#include <elf.h>

#define GUEST_IMAGE_UNSET    UINT64_MAX
#define GUEST_SEGMENTS_MAX   16
#define GUEST_IMAGE_SPAN_MAX GIB(4) /* from virt_base to the end of the kernel */

struct guest_image {
    uint64_t virt_base;      /* va of pfn 0 in the first mapping */
    uint64_t paddr_offset;   /* what p_paddr counts from */
    uint64_t entry;
    uint64_t v_start, v_end; /* pages the kernel takes, virt_base <= v_start */
    uint64_t p2m_base;       /* INIT_P2M, or GUEST_IMAGE_UNSET: after the kernel */
    uint64_t hypercall_page; /* page-aligned va in the image, or GUEST_IMAGE_UNSET */
    uint64_t mod_start_pfn;  /* not 0: ramdisk need not be mapped, mod_start is a pfn */
    uint64_t pvh_entry;      /* not 0: there is one, we do not use it */
    bool legacy;             /* described by a __xen_guest section, not by notes */
    char guest_os[16], guest_version[16], xen_version[16];
    Elf64_Phdr segments[GUEST_SEGMENTS_MAX]; /* p_vaddr: as loaded, p_paddr moved by virt_base - paddr_offset */
    size_t nr_segments;
};

/* Ends in boot_stop() if it is no kernel for us. */
void elf_parse(const void *file, size_t size, struct guest_image *out);
