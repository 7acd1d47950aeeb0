/* SPDX-License-Identifier: MIT */
/*
 * Block devices over a shared ring. The sector unit of the protocol is 512 bytes, always.
 *
 * xenstore keys. Back end: `sectors`, `sector-size` (bytes), `info` (VDISK_*), `mode` (r, w),
 * `feature-barrier`, `feature-flush-cache`, `feature-discard`, `feature-max-indirect-segments`.
 * Front end: `ring-ref` (gref), `event-channel` (port), `protocol` (protocols.h).
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_IO_BLKIF_H__
#define __XEN_PUBLIC_IO_BLKIF_H__

#include "ring.h"
#include "../grant_table.h"

#ifndef blkif_vdev_t
#define blkif_vdev_t uint16_t
#endif
#define blkif_sector_t uint64_t

/* operation */
#define BLKIF_OP_READ            0
#define BLKIF_OP_WRITE           1
#define BLKIF_OP_WRITE_BARRIER   2  /* all before it is on the medium before, it before all after */
#define BLKIF_OP_FLUSH_DISKCACHE 3  /* completed writes are on the medium */
#define BLKIF_OP_RESERVED_1      4
#define BLKIF_OP_DISCARD         5  /* contents not needed any more */
#define BLKIF_OP_INDIRECT        6  /* read or write, segments listed in pages of their own */

#define BLKIF_MAX_SEGMENTS_PER_REQUEST       11
#define BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST 8

struct blkif_request_segment {
    grant_ref_t gref;               /* page to read from or write to */
    uint8_t first_sect, last_sect;  /* sectors of the page, 0..7, both included */
};

struct blkif_request {
    uint8_t operation;              /* BLKIF_OP_* */
    uint8_t nr_segments;
    blkif_vdev_t handle;            /* the device, as the front end's directory names it */
    uint64_t id;                    /* repeated in the response */
    blkif_sector_t sector_number;   /* first sector on the device */
    struct blkif_request_segment seg[BLKIF_MAX_SEGMENTS_PER_REQUEST];
};
typedef struct blkif_request blkif_request_t;

/* The slot's content for BLKIF_OP_DISCARD; */
struct blkif_request_discard {
    uint8_t operation;
    uint8_t flag;                   /* BLKIF_DISCARD_* or 0 */
#define BLKIF_DISCARD_SECURE (1 << 0)   /* nobody shall be able to read it again */
    blkif_vdev_t handle;
    uint64_t id;
    blkif_sector_t sector_number;
    uint64_t nr_sectors;
};
typedef struct blkif_request_discard blkif_request_discard_t;

/* and for BLKIF_OP_INDIRECT: each page is an array of struct blkif_request_segment. */
struct blkif_request_indirect {
    uint8_t operation;
    uint8_t indirect_op;            /* BLKIF_OP_READ or _WRITE */
    uint16_t nr_segments;
    uint64_t id;
    blkif_sector_t sector_number;
    blkif_vdev_t handle;
    grant_ref_t indirect_grefs[BLKIF_MAX_INDIRECT_PAGES_PER_REQUEST];
#ifdef __i386__
    uint64_t pad;                   /* so that both word sizes have the same length */
#endif
};
typedef struct blkif_request_indirect blkif_request_indirect_t;

struct blkif_response {
    uint64_t id;                    /* of the request */
    uint8_t operation;              /* of the request */
    int16_t status;                 /* BLKIF_RSP_* */
};
typedef struct blkif_response blkif_response_t;

#define BLKIF_RSP_EOPNOTSUPP -2
#define BLKIF_RSP_ERROR      -1
#define BLKIF_RSP_OKAY       0

DEFINE_RING_TYPES(blkif, struct blkif_request, struct blkif_response);

/* Bits of the `info` key. */
#define VDISK_CDROM     0x1
#define VDISK_REMOVABLE 0x2
#define VDISK_READONLY  0x4

#endif
