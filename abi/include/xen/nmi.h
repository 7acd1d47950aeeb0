/* SPDX-License-Identifier: MIT */
/*
 * NMIs of a guest: nmi_op(XENNMI_*, argument), for vcpu 0.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_NMI_H__
#define __XEN_PUBLIC_NMI_H__

#include "xen.h"

/* Bits of arch_shared_info.nmi_reason, as port 0x61 tells: I/O check (bit 6), PCI SERR (bit 7). */
#define _XEN_NMIREASON_io_error     0
#define XEN_NMIREASON_io_error      (1UL << _XEN_NMIREASON_io_error)
#define _XEN_NMIREASON_pci_serr     1
#define XEN_NMIREASON_pci_serr      (1UL << _XEN_NMIREASON_pci_serr)
#if __XEN_INTERFACE_VERSION__ < 0x00040300
/* Older name of the same bit. */
#define _XEN_NMIREASON_parity_error 1
#define XEN_NMIREASON_parity_error  (1UL << _XEN_NMIREASON_parity_error)
#endif
#define _XEN_NMIREASON_unknown      2
#define XEN_NMIREASON_unknown       (1UL << _XEN_NMIREASON_unknown)

#define XENNMI_register_callback 0
struct xennmi_callback {
    unsigned long handler_address;  /* IN: va */
    unsigned long pad;
};
typedef struct xennmi_callback xennmi_callback_t;
DEFINE_XEN_GUEST_HANDLE(xennmi_callback_t);

/* No argument. */
#define XENNMI_unregister_callback 1

#endif
