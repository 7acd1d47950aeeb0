/* SPDX-License-Identifier: MIT */
/*
 * Who the hypervisor is and what it offers: xen_version(XENVER_*, argument). Strings are
 * NUL-terminated.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_VERSION_H__
#define __XEN_PUBLIC_VERSION_H__

#include "xen.h"

/* No argument; returns major << 16 | minor. */
#define XENVER_version 0

/* Text that follows "major.minor". */
#define XENVER_extraversion 1
typedef char xen_extraversion_t[16];
#define XEN_EXTRAVERSION_LEN (sizeof(xen_extraversion_t))

#define XENVER_compile_info 2
struct xen_compile_info {
    char compiler[64];          /* OUT, all */
    char compile_by[16];
    char compile_domain[32];
    char compile_date[32];
};
typedef struct xen_compile_info xen_compile_info_t;

/* Guest types it can run, separated by spaces: "xen-3.0-x86_64". */
#define XENVER_capabilities 3
typedef char xen_capabilities_info_t[1024];
#define XEN_CAPABILITIES_INFO_LEN (sizeof(xen_capabilities_info_t))

/* Source revision. */
#define XENVER_changeset 4
typedef char xen_changeset_info_t[64];
#define XEN_CHANGESET_INFO_LEN (sizeof(xen_changeset_info_t))

#define XENVER_platform_parameters 5
struct xen_platform_parameters {
    xen_ulong_t virt_start;     /* OUT: va where the hypervisor's part begins */
};
typedef struct xen_platform_parameters xen_platform_parameters_t;

#define XENVER_get_features 6
struct xen_feature_info {
    unsigned int submap_idx;    /* IN: below XENFEAT_NR_SUBMAPS */
    uint32_t submap;            /* OUT: bit n is feature submap_idx * 32 + n */
};
typedef struct xen_feature_info xen_feature_info_t;

#include "features.h"

/* No argument; returns the page size in bytes. */
#define XENVER_pagesize 7

/* The domain's xen_domain_handle_t. */
#define XENVER_guest_handle 8

/* The hypervisor's own command line. */
#define XENVER_commandline 9
typedef char xen_commandline_t[1024];

/* Build id of the hypervisor binary. Without argument returns its length in bytes; with one fills
 * buf and returns the length. */
#define XENVER_build_id 10
struct xen_build_id {
    uint32_t len;               /* IN: bytes of buf */
    unsigned char buf[XEN_FLEX_ARRAY_DIM];
};
typedef struct xen_build_id xen_build_id_t;

#endif
