/* SPDX-License-Identifier: MIT */
/*
 * What is said on the wire to xenstore: a stream of messages, each a struct xsd_sockmsg and `len`
 * bytes, over a pair of byte rings in a shared page (start_info.store_mfn). Paths and values are
 * NUL-terminated strings one after another, unless said otherwise.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef _XS_WIRE_H
#define _XS_WIRE_H

/* A reply has the type of its request, or is XS_ERROR. */
enum xsd_sockmsg_type
{
    XS_CONTROL,             /* privileged; command and arguments */
#define XS_DEBUG XS_CONTROL
    XS_DIRECTORY,           /* path -> names of the children */
    XS_READ,                /* path -> value, no NUL added */
    XS_GET_PERMS,           /* path -> permissions: letter (n r w b) and domid each */
    XS_WATCH,               /* path, token: tell of every change at or below */
    XS_UNWATCH,             /* path, token */
    XS_TRANSACTION_START,   /* empty string -> id, decimal */
    XS_TRANSACTION_END,     /* "T" commit (may fail with EAGAIN) or "F" drop */
    XS_INTRODUCE,           /* domid, ring mfn, port: a domain has come; privileged */
    XS_RELEASE,             /* domid: it has gone; privileged */
    XS_GET_DOMAIN_PATH,     /* domid -> "/local/domain/<domid>" */
    XS_WRITE,               /* path, then value to the end of the message, no NUL */
    XS_MKDIR,               /* path */
    XS_RM,                  /* path, and all below */
    XS_SET_PERMS,           /* path, permissions */
    XS_WATCH_EVENT,         /* unasked, from the store: path, token */
    XS_ERROR,               /* error name, as "ENOENT" */
    XS_IS_DOMAIN_INTRODUCED,/* domid -> "T" or "F" */
    XS_RESUME,              /* domid: as if introduced anew; privileged */
    XS_SET_TARGET,          /* domid, domid of the domain it may act for; privileged */
    /* 20 was never in use */
    XS_RESET_WATCHES = XS_SET_TARGET + 2,   /* drop all watches and transactions of the caller */
    XS_DIRECTORY_PART,      /* path, offset -> generation, then a part of the names */

    XS_TYPE_COUNT,          /* one more than the last */

    XS_INVALID = 0xffff     /* no message has this type */
};

/* Modes of an older write request. */
#define XS_WRITE_NONE        "NONE"
#define XS_WRITE_CREATE      "CREATE"
#define XS_WRITE_CREATE_EXCL "CREATE|EXCL"

/* Translation of XS_ERROR's names, for those who have <errno.h> included. */
struct xsd_errors
{
    int errnum;
    const char *errstring;
};
#ifdef EINVAL
#define XSD_ERROR(x) { x, #x }
static const struct xsd_errors xsd_errors[]
#if defined(__GNUC__)
__attribute__((unused))
#endif
    = {
       /* An unknown name stands for the first */
    XSD_ERROR(EINVAL),
    XSD_ERROR(EACCES),
    XSD_ERROR(EEXIST),
    XSD_ERROR(EISDIR),
    XSD_ERROR(ENOENT),
    XSD_ERROR(ENOMEM),
    XSD_ERROR(ENOSPC),
    XSD_ERROR(EIO),
    XSD_ERROR(ENOTEMPTY),
    XSD_ERROR(ENOSYS),
    XSD_ERROR(EROFS),
    XSD_ERROR(EBUSY),
    XSD_ERROR(EAGAIN),
    XSD_ERROR(EISCONN),
    XSD_ERROR(E2BIG),
    XSD_ERROR(EPERM),
};
#endif

struct xsd_sockmsg
{
    uint32_t type;      /* XS_* */
    uint32_t req_id;    /* chosen by the asker, repeated in the reply */
    uint32_t tx_id;     /* transaction, 0 for none */
    uint32_t len;       /* bytes that follow, up to XENSTORE_PAYLOAD_MAX */
};

/* Order of the two strings in XS_WATCH_EVENT. */
enum xs_watch_type
{
    XS_WATCH_PATH = 0,
    XS_WATCH_TOKEN
};

/* Indices count bytes and wrap at 2^32; mask them to get the place. */
#define XENSTORE_RING_SIZE 1024
typedef uint32_t XENSTORE_RING_IDX;
#define MASK_XENSTORE_IDX(idx) ((idx) & (XENSTORE_RING_SIZE - 1))
struct xenstore_domain_interface {
    char req[XENSTORE_RING_SIZE];           /* from the guest */
    char rsp[XENSTORE_RING_SIZE];           /* to the guest */
    XENSTORE_RING_IDX req_cons, req_prod;   /* the guest writes req_prod */
    XENSTORE_RING_IDX rsp_cons, rsp_prod;   /* the guest writes rsp_cons */
    uint32_t server_features;               /* XENSTORE_SERVER_FEATURE_* */
    uint32_t connection;                    /* XENSTORE_CONNECTED, or guest asks: _RECONNECT */
    uint32_t error;                         /* XENSTORE_ERROR_* */
};

/* Longest payload, absolute path, path relative to /local/domain/<domid>; bytes without NUL. */
#define XENSTORE_PAYLOAD_MAX  4096
#define XENSTORE_ABS_PATH_MAX 3072
#define XENSTORE_REL_PATH_MAX 2048

/* The store can start a connection over; it fills in `error`. */
#define XENSTORE_SERVER_FEATURE_RECONNECTION 1
#define XENSTORE_SERVER_FEATURE_ERROR        2

#define XENSTORE_CONNECTED 0
#define XENSTORE_RECONNECT 1

/* Nothing; sending failed; an index made no sense; a message made no sense. */
#define XENSTORE_ERROR_NONE    0
#define XENSTORE_ERROR_COMM    1
#define XENSTORE_ERROR_RINGIDX 2
#define XENSTORE_ERROR_PROTO   3

#endif
