/* SPDX-License-Identifier: MIT */
/*
 * Entry points into the guest kernel, beside its trap table: callback_op(CALLBACKOP_*, argument).
 * They hold for the calling vcpu.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_CALLBACK_H__
#define __XEN_PUBLIC_CALLBACK_H__

#include "xen.h"

#define CALLBACKTYPE_event               0  /* an event is pending */
#define CALLBACKTYPE_failsafe            1  /* a segment register could not be restored */
#define CALLBACKTYPE_syscall             2  /* 64-bit user mode executed `syscall` */
#define CALLBACKTYPE_sysenter_deprecated 3
#define CALLBACKTYPE_nmi                 4
#define CALLBACKTYPE_sysenter            5  /* user mode executed `sysenter` */
#define CALLBACKTYPE_syscall32           7  /* 32-bit user mode executed `syscall` */

/* Mask events on entry. */
#define _CALLBACKF_mask_events 0
#define CALLBACKF_mask_events  (1U << _CALLBACKF_mask_events)

#define CALLBACKOP_register 0
struct callback_register {
    uint16_t type;              /* IN: CALLBACKTYPE_* */
    uint16_t flags;             /* IN: CALLBACKF_* */
    xen_callback_t address;     /* IN: canonical va */
};
typedef struct callback_register callback_register_t;
DEFINE_XEN_GUEST_HANDLE(callback_register_t);

/* Only types the kernel can do without. */
#define CALLBACKOP_unregister 1
struct callback_unregister {
    uint16_t type;              /* IN */
    uint16_t _unused;
};
typedef struct callback_unregister callback_unregister_t;
DEFINE_XEN_GUEST_HANDLE(callback_unregister_t);

#if __XEN_INTERFACE_VERSION__ < 0x00030207
#undef CALLBACKTYPE_sysenter
#define CALLBACKTYPE_sysenter CALLBACKTYPE_sysenter_deprecated
#endif

#endif
