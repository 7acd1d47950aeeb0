/* SPDX-License-Identifier: MIT */
/*
 * States of a split driver. Each end writes its own, in decimal, to the `state` key of its
 * directory in xenstore and watches the other's.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef _XEN_PUBLIC_IO_XENBUS_H
#define _XEN_PUBLIC_IO_XENBUS_H

enum xenbus_state {
    XenbusStateUnknown = 0,         /* no key, or no sense in it */
    XenbusStateInitialising = 1,    /* exists, nothing done yet */
    XenbusStateInitWait = 2,        /* back end: waits for the front end's details */
    XenbusStateInitialised = 3,     /* details written; waits for the other to connect */
    XenbusStateConnected = 4,       /* in operation */
    XenbusStateClosing = 5,         /* wants to end, or answers such a wish */
    XenbusStateClosed = 6,          /* nothing in use any more */
    XenbusStateReconfiguring = 7,   /* adds or removes parts while connected */
    XenbusStateReconfigured = 8
};
typedef enum xenbus_state XenbusState;

#endif
