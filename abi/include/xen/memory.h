/* SPDX-License-Identifier: MIT */
/*
 * Machine memory of a domain: memory_op(XENMEM_*, argument).
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_MEMORY_H__
#define __XEN_PUBLIC_MEMORY_H__

#include "xen.h"
#include "physdev.h"

/*
 * Get frames, give frames back, get frames for given pfns: struct xen_memory_reservation. All
 * return the number of extents done, on failure less than asked; nothing is undone.
 * decrease_reservation takes mfns that nothing refers to any more.
 */
#define XENMEM_increase_reservation 0
#define XENMEM_decrease_reservation 1
#define XENMEM_populate_physmap     6

#if __XEN_INTERFACE_VERSION__ >= 0x00030209
/* mem_flags: width of the frames' addresses in bits (0: any), NUMA node (+1), and wishes. */
#define XENMEMF_address_bits(x)     (x)
#define XENMEMF_get_address_bits(x) ((x) & 0xffu)
#define XENMEMF_node(x)             (((x) + 1) << 8)
#define XENMEMF_get_node(x)         ((((x) >> 8) - 1) & 0xffu)
/* HVM: give the frame at first use. */
#define XENMEMF_populate_on_demand  (1 << 16)
/* From that node or not at all. */
#define XENMEMF_exact_node_request  (1 << 17)
#define XENMEMF_exact_node(n)       (XENMEMF_node(n) | XENMEMF_exact_node_request)
/* The node is a virtual one of the domain. */
#define XENMEMF_vnode               (1 << 18)
#endif

struct xen_memory_reservation {
    /*
     * One entry per extent. increase: OUT mfns (may be null). decrease: IN mfns.
     * populate: IN pfns, OUT mfns in their place. Of an extent of more pages: the first.
     */
    XEN_GUEST_HANDLE(xen_pfn_t) extent_start;
    xen_ulong_t nr_extents;         /* IN */
    unsigned int extent_order;      /* IN: each has 1 << order pages, contiguous and so aligned */
#if __XEN_INTERFACE_VERSION__ >= 0x00030209
    unsigned int mem_flags;         /* IN: XENMEMF_* */
#else
    unsigned int address_bits;      /* IN */
#endif
    domid_t domid;                  /* IN: DOMID_SELF, or one the caller controls */
};
typedef struct xen_memory_reservation xen_memory_reservation_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_reservation_t);

/*
 * Trade frames for an equal number of bytes in other extents. `in` gives up mfns; `out` names in
 * its extents the pfns for the M2P and receives the new mfns. nr_exchanged must be 0 at first, and
 * tells on failure how many of the `in` extents are gone already.
 */
#define XENMEM_exchange 11
struct xen_memory_exchange {
    struct xen_memory_reservation in;
    struct xen_memory_reservation out;
    xen_ulong_t nr_exchanged;       /* IN: 0; OUT */
};
typedef struct xen_memory_exchange xen_memory_exchange_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_exchange_t);

/* No argument; returns the highest mfn there is. */
#define XENMEM_maximum_ram_page 2

struct xen_memory_domain {
    domid_t domid;                  /* IN */
};

/* struct xen_memory_domain; return pages it has, pages it may have, and its highest pfn. */
#define XENMEM_current_reservation 3
#define XENMEM_maximum_reservation 4
#define XENMEM_maximum_gpfn        14

/* First mfns of the 2 MiB pieces the M2P is made of, in order: map them for a view of one's own. */
#define XENMEM_machphys_mfn_list 5
struct xen_machphys_mfn_list {
    unsigned int max_extents;                   /* IN: room in the array */
    XEN_GUEST_HANDLE(xen_pfn_t) extent_start;   /* OUT: array of mfns */
    unsigned int nr_extents;                    /* OUT: entries filled */
};
typedef struct xen_machphys_mfn_list xen_machphys_mfn_list_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mfn_list_t);

/* The same for the M2P as 32-bit guests see it. */
#define XENMEM_machphys_compat_mfn_list 25

/* Where the M2P is mapped. */
#define XENMEM_machphys_mapping 12
struct xen_machphys_mapping {
    xen_ulong_t v_start, v_end;     /* OUT: va range */
    xen_ulong_t max_mfn;            /* OUT: highest mfn with an entry */
};
typedef struct xen_machphys_mapping xen_machphys_mapping_t;
DEFINE_XEN_GUEST_HANDLE(xen_machphys_mapping_t);

/* The remaining physmap operations are for translated guests; PV guests are refused. */

/* What to put into the physmap: */
#define XENMAPSPACE_shared_info  0  /* the shared_info page */
#define XENMAPSPACE_grant_table  1  /* grant table frame idx */
#define XENMAPSPACE_gmfn         2  /* another page of the domain */
#define XENMAPSPACE_gmfn_range   3  /* several of them; add_to_physmap only */
#define XENMAPSPACE_gmfn_foreign 4  /* page of another domain; add_to_physmap_batch only */
#define XENMAPSPACE_dev_mmio     5  /* device memory */

#define XENMEM_add_to_physmap 7
struct xen_add_to_physmap {
    domid_t domid;                  /* IN: whose physmap */
    uint16_t size;                  /* IN: pages, for gmfn_range */
    unsigned int space;             /* IN: XENMAPSPACE_* */
#define XENMAPIDX_grant_table_status 0x80000000 /* or-ed to idx: the status frames */
    xen_ulong_t idx;                /* IN: index into the space */
    xen_pfn_t gpfn;                 /* IN: where it is to appear */
};
typedef struct xen_add_to_physmap xen_add_to_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_t);

#define XENMEM_add_to_physmap_batch 23
struct xen_add_to_physmap_batch {
    domid_t domid;                  /* IN */
    uint16_t space;                 /* IN */
    uint16_t size;                  /* IN: entries of the three arrays */
#if __XEN_INTERFACE_VERSION__ < 0x00040700
    domid_t foreign_domid;
#else
    union xen_add_to_physmap_batch_extra {
        domid_t foreign_domid;      /* IN: for gmfn_foreign */
        uint16_t res0;              /* IN: 0 for the others */
    } u;
#endif
    XEN_GUEST_HANDLE(xen_ulong_t) idxs;     /* IN */
    XEN_GUEST_HANDLE(xen_pfn_t) gpfns;      /* IN */
    XEN_GUEST_HANDLE(int) errs;             /* OUT: result of each */
};
typedef struct xen_add_to_physmap_batch xen_add_to_physmap_batch_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_batch_t);

#if __XEN_INTERFACE_VERSION__ < 0x00040400
#define XENMEM_add_to_physmap_range XENMEM_add_to_physmap_batch
#define xen_add_to_physmap_range    xen_add_to_physmap_batch
typedef struct xen_add_to_physmap_batch xen_add_to_physmap_range_t;
DEFINE_XEN_GUEST_HANDLE(xen_add_to_physmap_range_t);
#endif

#define XENMEM_remove_from_physmap 15
struct xen_remove_from_physmap {
    domid_t domid;                  /* IN */
    xen_pfn_t gpfn;                 /* IN */
};
typedef struct xen_remove_from_physmap xen_remove_from_physmap_t;
DEFINE_XEN_GUEST_HANDLE(xen_remove_from_physmap_t);

/* The domain's pseudo-physical map, as an e820 table. */
#define XENMEM_memory_map 9
struct xen_memory_map {
    unsigned int nr_entries;        /* IN: room in the buffer; OUT: entries there are */
    XEN_GUEST_HANDLE(void) buffer;  /* OUT: 20-byte entries: u64 base, u64 bytes, u32 type */
};
typedef struct xen_memory_map xen_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_memory_map_t);

/* The machine's own map; privileged. */
#define XENMEM_machine_memory_map 10

/* Set what memory_map will tell a domain. */
#define XENMEM_set_memory_map 13
struct xen_foreign_memory_map {
    domid_t domid;                  /* IN */
    struct xen_memory_map map;      /* IN */
};
typedef struct xen_foreign_memory_map xen_foreign_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_foreign_memory_map_t);

/* Populate-on-demand (HVM): set or read the target. */
#define XENMEM_set_pod_target 16
#define XENMEM_get_pod_target 17
struct xen_pod_target {
    uint64_t target_pages;          /* IN for set */
    uint64_t tot_pages;             /* OUT, pages each */
    uint64_t pod_cache_pages;
    uint64_t pod_entries;
    domid_t domid;                  /* IN */
};
typedef struct xen_pod_target xen_pod_target_t;

#if defined(__XEN__) || defined(__XEN_TOOLS__)

#ifndef uint64_aligned_t
#define uint64_aligned_t uint64_t
#endif

/* Reserve frames for a domain that is going to be built, without naming them. */
#define XENMEM_claim_pages 24

/* Memory that devices of the machine need mapped 1:1. */
#define XENMEM_reserved_device_memory_map 27
struct xen_reserved_device_memory {
    xen_pfn_t start_pfn;
    xen_ulong_t nr_pages;
};
typedef struct xen_reserved_device_memory xen_reserved_device_memory_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_t);

struct xen_reserved_device_memory_map {
#define XENMEM_RDM_ALL 1                        /* of all devices, not only dev */
    uint32_t flags;                             /* IN */
    unsigned int nr_entries;                    /* IN: room; OUT: entries there are */
    XEN_GUEST_HANDLE(xen_reserved_device_memory_t) buffer;  /* OUT */
    union {
        physdev_pci_device_t pci;
    } dev;                                      /* IN */
};
typedef struct xen_reserved_device_memory_map xen_reserved_device_memory_map_t;
DEFINE_XEN_GUEST_HANDLE(xen_reserved_device_memory_map_t);

#endif

/* Map frames of the hypervisor that belong to a domain, such as its grant table, for a tool. */
#define XENMEM_acquire_resource 28
struct xen_mem_acquire_resource {
    domid_t domid;                  /* IN */
    uint16_t type;                  /* IN */
#define XENMEM_resource_ioreq_server 0
#define XENMEM_resource_grant_table  1
#define XENMEM_resource_vmtrace_buf  2
    uint32_t id;                    /* IN: which of that type: server, table, vcpu */
#define XENMEM_resource_grant_table_id_shared 0
#define XENMEM_resource_grant_table_id_status 1
    uint32_t nr_frames;             /* IN; 0 with a null list asks: OUT: how many there are */
    uint32_t pad;                   /* IN: 0 */
    uint64_t frame;                 /* IN: first frame of the resource */
#define XENMEM_resource_ioreq_server_frame_bufioreq 0
#define XENMEM_resource_ioreq_server_frame_ioreq(n) (1 + (n))
    XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* PV: OUT mfns; translated: IN pfns */
};
typedef struct xen_mem_acquire_resource xen_mem_acquire_resource_t;
DEFINE_XEN_GUEST_HANDLE(xen_mem_acquire_resource_t);

/* Virtual NUMA layout of the domain. Counts are IN: room in the arrays, OUT: entries there are. */
#define XENMEM_get_vnumainfo 26
struct xen_vmemrange {
    uint64_t start, end;            /* pseudo-physical addresses, end exclusive */
    unsigned int flags;             /* 0 */
    unsigned int nid;               /* virtual node */
};
typedef struct xen_vmemrange xen_vmemrange_t;
DEFINE_XEN_GUEST_HANDLE(xen_vmemrange_t);

struct xen_vnuma_topology_info {
    domid_t domid;                  /* IN */
    uint16_t pad;                   /* IN: 0 */
    unsigned int nr_vnodes;
    unsigned int nr_vcpus;
    unsigned int nr_vmemranges;
    union {
        XEN_GUEST_HANDLE(uint) h;   /* OUT: nr_vnodes * nr_vnodes distances */
        uint64_t pad;
    } vdistance;
    union {
        XEN_GUEST_HANDLE(uint) h;   /* OUT: node of each vcpu */
        uint64_t pad;
    } vcpu_to_vnode;
    union {
        XEN_GUEST_HANDLE(xen_vmemrange_t) h;    /* OUT */
        uint64_t pad;
    } vmemrange;
};
typedef struct xen_vnuma_topology_info xen_vnuma_topology_info_t;
DEFINE_XEN_GUEST_HANDLE(xen_vnuma_topology_info_t);

#endif
