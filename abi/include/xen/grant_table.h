/* SPDX-License-Identifier: MIT */
/*
 * Grant tables: how a domain lets chosen others use chosen pages of its own.
 *
 * Each domain has a table of entries in memory it shares with the hypervisor; the index of an entry
 * is its grant reference (gref). The granter writes an entry: frame, domid, then, behind a write
 * barrier, flags. The grantee hands the gref to the calls below:
 * grant_table_op(GNTTABOP_*, array of that structure, count). The call returns 0 when it went
 * through the array; each element has a status of its own, GNTST_*.
 * To take a grant back: set flags to 0 with a compare-and-exchange while neither GTF_reading nor
 * GTF_writing is set; as long as one is, the page is in use.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_GRANT_TABLE_H__
#define __XEN_PUBLIC_GRANT_TABLE_H__

#include "xen.h"

typedef uint32_t grant_ref_t;

/* Version 1 was the only one once, and had the plain name. */
#if __XEN_INTERFACE_VERSION__ < 0x0003020a
#define grant_entry_v1   grant_entry
#define grant_entry_v1_t grant_entry_t
#endif

/* 8 bytes, 512 to the page. */
struct grant_entry_v1 {
    uint16_t flags;     /* GTF_*; the in-use bits are set by the hypervisor */
    domid_t domid;      /* who may use it */
    uint32_t frame;     /* mfn to use; accept_transfer: pfn, and the mfn that came, afterwards */
};
typedef struct grant_entry_v1 grant_entry_v1_t;

/* The first grefs are for the domain builder: rings of console and store. */
#define GNTTAB_NR_RESERVED_ENTRIES 8
#define GNTTAB_RESERVED_CONSOLE    0
#define GNTTAB_RESERVED_XENSTORE   1

/* Kind of the entry: free; frame may be mapped or copied; a frame may be given to us; version 2:
 * stands for another domain's grant. */
#define GTF_invalid         (0U << 0)
#define GTF_permit_access   (1U << 0)
#define GTF_accept_transfer (2U << 0)
#define GTF_transitive      (3U << 0)
#define GTF_type_mask       (3U << 0)

/* With permit_access. Granter: read-only. Hypervisor: mapped for reading, for writing. */
#define _GTF_readonly (2)
#define GTF_readonly  (1U << _GTF_readonly)
#define _GTF_reading  (3)
#define GTF_reading   (1U << _GTF_reading)
#define _GTF_writing  (4)
#define GTF_writing   (1U << _GTF_writing)
/* Cache attributes a mapping must have. */
#define _GTF_PWT      (5)
#define GTF_PWT       (1U << _GTF_PWT)
#define _GTF_PCD      (6)
#define GTF_PCD       (1U << _GTF_PCD)
#define _GTF_PAT      (7)
#define GTF_PAT       (1U << _GTF_PAT)
/* Version 2: only a part of the page, and only for copying. */
#define _GTF_sub_page (8)
#define GTF_sub_page  (1U << _GTF_sub_page)

/* With accept_transfer, by the hypervisor: a frame is coming; it is there, frame holds its mfn. */
#define _GTF_transfer_committed (2)
#define GTF_transfer_committed  (1U << _GTF_transfer_committed)
#define _GTF_transfer_completed (3)
#define GTF_transfer_completed  (1U << _GTF_transfer_completed)

#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
/* Version 2: 16 bytes; the in-use bits live in separate status frames. */
struct grant_entry_header {
    uint16_t flags;
    domid_t domid;
};
typedef struct grant_entry_header grant_entry_header_t;

union grant_entry_v2 {
    grant_entry_header_t hdr;
    struct {
        grant_entry_header_t hdr;
        uint32_t pad0;
        uint64_t frame;         /* mfn */
    } full_page;
    struct {
        grant_entry_header_t hdr;
        uint16_t page_off;      /* bytes */
        uint16_t length;        /* bytes */
        uint64_t frame;         /* mfn */
    } sub_page;
    struct {
        grant_entry_header_t hdr;
        domid_t trans_domid;    /* whose grant ... */
        uint16_t pad0;
        grant_ref_t gref;       /* ... and which */
    } transitive;
    uint32_t __spacer[4];
};
typedef union grant_entry_v2 grant_entry_v2_t;

typedef uint16_t grant_status_t;    /* GTF_reading | GTF_writing */
#endif

#define GNTTABOP_map_grant_ref     0
#define GNTTABOP_unmap_grant_ref   1
#define GNTTABOP_setup_table       2
#define GNTTABOP_dump_table        3
#define GNTTABOP_transfer          4
#define GNTTABOP_copy              5
#define GNTTABOP_query_size        6
#define GNTTABOP_unmap_and_replace 7
#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
#define GNTTABOP_set_version       8
#define GNTTABOP_get_status_frames 9
#define GNTTABOP_get_version       10
#define GNTTABOP_swap_grant_ref    11
#define GNTTABOP_cache_flush       12
#endif

/* Names a mapping made by map_grant_ref until it is unmapped. */
typedef uint32_t grant_handle_t;

/* Map a granted frame. The domain cannot die away under it; unmap it with the handle. */
struct gnttab_map_grant_ref {
    uint64_t host_addr;         /* IN: va; GNTMAP_contains_pte: machine address of the l1e */
    uint32_t flags;             /* IN: GNTMAP_* */
    grant_ref_t ref;            /* IN */
    domid_t dom;                /* IN: the granter */
    int16_t status;             /* OUT: GNTST_* */
    grant_handle_t handle;      /* OUT */
    uint64_t dev_bus_addr;      /* OUT: machine address of the frame */
};
typedef struct gnttab_map_grant_ref gnttab_map_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_map_grant_ref_t);

/* Undo it. The addresses that are not 0 must be those of the mapping. Flushes the TLB. */
struct gnttab_unmap_grant_ref {
    uint64_t host_addr;         /* IN */
    uint64_t dev_bus_addr;      /* IN */
    grant_handle_t handle;      /* IN */
    int16_t status;             /* OUT */
};
typedef struct gnttab_unmap_grant_ref gnttab_unmap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_grant_ref_t);

/* Let the table have at least so many frames, and tell them. */
struct gnttab_setup_table {
    domid_t dom;                /* IN: DOMID_SELF */
    uint32_t nr_frames;         /* IN */
    int16_t status;             /* OUT */
#if __XEN_INTERFACE_VERSION__ < 0x00040300
    XEN_GUEST_HANDLE(ulong) frame_list;
#else
    XEN_GUEST_HANDLE(xen_pfn_t) frame_list; /* OUT: nr_frames mfns */
#endif
};
typedef struct gnttab_setup_table gnttab_setup_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_setup_table_t);

/* Print the table on the hypervisor's console; privileged. */
struct gnttab_dump_table {
    domid_t dom;                /* IN */
    int16_t status;             /* OUT */
};
typedef struct gnttab_dump_table gnttab_dump_table_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_dump_table_t);

/* Give a frame away for good, to a domain that offers to accept one. */
struct gnttab_transfer {
    xen_pfn_t mfn;              /* IN: of the caller, nothing maps it */
    domid_t domid;              /* IN: to whom */
    grant_ref_t ref;            /* IN: its accept_transfer entry */
    int16_t status;             /* OUT */
};
typedef struct gnttab_transfer gnttab_transfer_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_transfer_t);

/* Copy bytes between two pages, each one's own frame or granted; neither side crosses its page. */
#define _GNTCOPY_source_gref (0)
#define GNTCOPY_source_gref  (1 << _GNTCOPY_source_gref)
#define _GNTCOPY_dest_gref   (1)
#define GNTCOPY_dest_gref    (1 << _GNTCOPY_dest_gref)
struct gnttab_copy {
    struct gnttab_copy_ptr {
        union {
            grant_ref_t ref;    /* if flags say so */
            xen_pfn_t gmfn;     /* mfn of the caller's, otherwise */
        } u;
        domid_t domid;          /* granter, or DOMID_SELF */
        uint16_t offset;        /* bytes into the page */
    } source, dest;             /* IN */
    uint16_t len;               /* IN: bytes */
    uint16_t flags;             /* IN: GNTCOPY_* */
    int16_t status;             /* OUT */
};
typedef struct gnttab_copy gnttab_copy_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_copy_t);

struct gnttab_query_size {
    domid_t dom;                /* IN: DOMID_SELF */
    uint32_t nr_frames;         /* OUT: frames the table has */
    uint32_t max_nr_frames;     /* OUT: frames it may have */
    int16_t status;             /* OUT */
};
typedef struct gnttab_query_size gnttab_query_size_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_query_size_t);

/* Unmap, and move the l1e found at new_addr to where the mapping was, in one step. */
struct gnttab_unmap_and_replace {
    uint64_t host_addr;         /* IN: va of the mapping */
    uint64_t new_addr;          /* IN: va whose l1e moves; not present afterwards */
    grant_handle_t handle;      /* IN */
    int16_t status;             /* OUT */
};
typedef struct gnttab_unmap_and_replace gnttab_unmap_and_replace_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_unmap_and_replace_t);

#if __XEN_INTERFACE_VERSION__ >= 0x0003020a
/* Choose the entry format, 1 or 2. Nothing may be in use but the reserved entries. */
struct gnttab_set_version {
    uint32_t version;           /* IN; OUT: what is in force */
};
typedef struct gnttab_set_version gnttab_set_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_set_version_t);

/* Version 2: the frames with the in-use bits. */
struct gnttab_get_status_frames {
    uint32_t nr_frames;         /* IN */
    domid_t dom;                /* IN */
    int16_t status;             /* OUT */
    XEN_GUEST_HANDLE(uint64_t) frame_list;  /* OUT: mfns */
};
typedef struct gnttab_get_status_frames gnttab_get_status_frames_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_status_frames_t);

struct gnttab_get_version {
    domid_t dom;                /* IN */
    uint16_t pad;
    uint32_t version;           /* OUT */
};
typedef struct gnttab_get_version gnttab_get_version_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_get_version_t);

/* Exchange two unused entries of the caller's table. */
struct gnttab_swap_grant_ref {
    grant_ref_t ref_a;          /* IN */
    grant_ref_t ref_b;          /* IN */
    int16_t status;             /* OUT */
};
typedef struct gnttab_swap_grant_ref gnttab_swap_grant_ref_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_swap_grant_ref_t);

/* Cache maintenance on a granted page (ARM). */
struct gnttab_cache_flush {
    union {
        uint64_t dev_bus_addr;
        grant_ref_t ref;
    } a;                        /* IN */
    uint16_t offset;            /* IN: bytes */
    uint16_t length;            /* IN: bytes */
#define GNTTAB_CACHE_CLEAN       (1u << 0)
#define GNTTAB_CACHE_INVAL       (1u << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1u << 31)
    uint32_t op;                /* IN: GNTTAB_CACHE_* */
};
typedef struct gnttab_cache_flush gnttab_cache_flush_t;
DEFINE_XEN_GUEST_HANDLE(gnttab_cache_flush_t);
#endif

/* Flags of map_grant_ref. */
/* For a device; for the CPU; at least one of them. */
#define _GNTMAP_device_map      (0)
#define GNTMAP_device_map       (1 << _GNTMAP_device_map)
#define _GNTMAP_host_map        (1)
#define GNTMAP_host_map         (1 << _GNTMAP_host_map)
#define _GNTMAP_readonly        (2)
#define GNTMAP_readonly         (1 << _GNTMAP_readonly)
/* User mode may access it. */
#define _GNTMAP_application_map (3)
#define GNTMAP_application_map  (1 << _GNTMAP_application_map)
/* host_addr is the machine address of an l1e. */
#define _GNTMAP_contains_pte    (4)
#define GNTMAP_contains_pte     (1 << _GNTMAP_contains_pte)
/* From here up: what goes into the l1e's bits 9-11. */
#define _GNTMAP_guest_avail0    (16)
#define GNTMAP_guest_avail_mask ((uint32_t)~0 << _GNTMAP_guest_avail0)

/* Status of one element. */
#define GNTST_okay              (0)
#define GNTST_general_error     (-1)
#define GNTST_bad_domain        (-2)    /* no such domain */
#define GNTST_bad_gntref        (-3)    /* gref out of range, free, or not for us */
#define GNTST_bad_handle        (-4)
#define GNTST_bad_virt_addr     (-5)    /* host_addr cannot be mapped there */
#define GNTST_bad_dev_addr      (-6)
#define GNTST_no_device_space   (-7)    /* out of handles or IOMMU entries */
#define GNTST_permission_denied (-8)    /* writing to what is read-only, or no right to ask */
#define GNTST_bad_page          (-9)    /* the frame cannot be used so */
#define GNTST_bad_copy_arg      (-10)   /* copy would cross the page's end */
#define GNTST_address_too_big   (-11)   /* transfer: the receiver cannot address the frame */
#define GNTST_eagain            (-12)   /* not now; ask again */
#define GNTST_no_space          (-13)

/* Text for each status: initializer of an array indexed by -status. */
#define GNTTABOP_error_msgs {                        \
    "done",                                          \
    "failed",                                        \
    "no such domain",                                \
    "no such grant, or not for this domain",         \
    "no such mapping",                               \
    "address cannot hold the mapping",               \
    "no such device address",                        \
    "no mapping slot left",                          \
    "not allowed",                                   \
    "frame not usable for this",                     \
    "copy leaves the page",                          \
    "frame number too large for the receiver",       \
    "busy, ask again",                               \
    "no room",                                       \
}

#endif
