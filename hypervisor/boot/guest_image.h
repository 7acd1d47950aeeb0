/* SPDX-License-Identifier: MIT */
/*
 * A guest kernel file, understood: where it wants to lie, where it starts, what it asks for.
 * Pure: works on bytes in memory, on the host as in the hypervisor. Order of use:
 * elf_parse(), elf_load(). A bzImage is unpacked on the host, where a bug is harmless (tools/extract-vmlinux).
 */
#pragma once

#include "boot/boot_info.h"

#define GUEST_IMAGE_UNSET     UINT64_MAX
#define GUEST_SEGMENTS_MAX    16
#define GUEST_IMAGE_SPAN_MAX  GIB(4)    /* from virt_base to the end of the kernel */

struct guest_segment {
    uint64_t va, size;                  /* as loaded: p_paddr moved by virt_base - paddr_offset */
    uint64_t file_offset, file_size;    /* file_size <= size, the rest is zero */
};

struct guest_image {
    uint64_t virt_base;                 /* va of pfn 0 in the first mapping */
    uint64_t paddr_offset;              /* what p_paddr counts from */
    uint64_t entry;
    uint64_t v_start, v_end;            /* pages the kernel takes, virt_base <= v_start */
    uint64_t p2m_base;                  /* INIT_P2M, or GUEST_IMAGE_UNSET: after the kernel */
    uint64_t hypercall_page;            /* page-aligned va in the image, or GUEST_IMAGE_UNSET */
    uint64_t mod_start_pfn;             /* not 0: ramdisk need not be mapped, mod_start is a pfn */
    uint64_t pvh_entry;                 /* not 0: there is one, we do not use it */
    bool legacy;                        /* described by a __xen_guest section, not by notes */
    char guest_os[16], guest_version[16], xen_version[16];
    struct guest_segment segments[GUEST_SEGMENTS_MAX];
    size_t nr_segments;
};

/* All of these return 0, or -1 with err filled. */

int elf_parse(const void *file, size_t size, struct guest_image *out, struct boot_error *err);

/* Copies len bytes to va; src NULL means zeros. May be called with any length, also 0. */
typedef int guest_image_write(void *context, uint64_t va, const void *src, size_t len);

/* Stops at, and returns, the first nonzero answer of write. */
int elf_load(const struct guest_image *image, const void *file, guest_image_write *write,
             void *context);
