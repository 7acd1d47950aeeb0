/* SPDX-License-Identifier: MIT */
/*
 * The PV console: one shared page with two byte rings (start_info.console), and an event port to
 * tell the other side. An index counts bytes since the start and wraps at 2^32; fill = prod - cons.
 * Write the bytes, a write barrier, then the index.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_IO_CONSOLE_H__
#define __XEN_PUBLIC_IO_CONSOLE_H__

typedef uint32_t XENCONS_RING_IDX;

/* Position of an index in one of the two arrays. */
#define MASK_XENCONS_IDX(idx, ring) ((idx) & (sizeof(ring) - 1))

struct xencons_interface {
    char in[1024];                      /* to the guest */
    char out[2048];                     /* from the guest */
    XENCONS_RING_IDX in_cons, in_prod;  /* the guest writes in_cons */
    XENCONS_RING_IDX out_cons, out_prod;/* the guest writes out_prod */
};

#ifdef XEN_WANT_FLEX_CONSOLE_RING
#include "ring.h"
DEFINE_XEN_FLEX_RING(xencons);
#endif

#endif
