/* SPDX-License-Identifier: MIT */
/*
 * Values of a front end's `protocol` key: whose structure layout its ring has.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PROTOCOLS_H__
#define __XEN_PROTOCOLS_H__

#define XEN_IO_PROTO_ABI_X86_32 "x86_32-abi"
#define XEN_IO_PROTO_ABI_X86_64 "x86_64-abi"
#define XEN_IO_PROTO_ABI_ARM    "arm-abi"

/* The one of the code being compiled. */
#if defined(__i386__)
#define XEN_IO_PROTO_ABI_NATIVE XEN_IO_PROTO_ABI_X86_32
#elif defined(__x86_64__)
#define XEN_IO_PROTO_ABI_NATIVE XEN_IO_PROTO_ABI_X86_64
#else
#error "no ring layout is defined for this architecture"
#endif

#endif
