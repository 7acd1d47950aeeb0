/* SPDX-License-Identifier: MIT */
/*
 * Which revision of the interface a source file was written for.
 *
 * A guest may set __XEN_INTERFACE_VERSION__ before its first include (0xMMmmuu: release 4.14 is
 * 0x00040e00). Names whose meaning changed between releases then keep the meaning they had. Without
 * the setting a guest gets the oldest meaning; the hypervisor (__XEN__) and control tools
 * (__XEN_TOOLS__) always get the newest. Only source compatibility depends on it: the binary
 * interface is the same for every setting, except where a comment says otherwise.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef __XEN_PUBLIC_XEN_COMPAT_H__
#define __XEN_PUBLIC_XEN_COMPAT_H__

#define __XEN_LATEST_INTERFACE_VERSION__ 0x00040e00

#if defined(__XEN__) || defined(__XEN_TOOLS__)
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#elif !defined(__XEN_INTERFACE_VERSION__)
#define __XEN_INTERFACE_VERSION__ 0x00000000
#endif

#if __XEN_INTERFACE_VERSION__ > __XEN_LATEST_INTERFACE_VERSION__
#error "__XEN_INTERFACE_VERSION__ asks for an interface newer than these headers"
#endif

/* Older spelling of XEN_FLEX_ARRAY_DIM (xen.h). */
#define COMPAT_FLEX_ARRAY_DIM XEN_FLEX_ARRAY_DIM

#endif
