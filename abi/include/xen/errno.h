/* SPDX-License-Identifier: MIT */
/*
 * Error numbers of the interface. A hypercall fails by returning one of them negated (-XEN_EINVAL),
 * as a signed long. The numbers are fixed and do not depend on the guest's own <errno.h>.
 *
 * Plain use: include it and get `enum xen_errno` with XEN_EPERM and so on (in assembly: symbols,
 * for interface versions before 4.7 only). List use: define XEN_ERRNO(name, value) and include it,
 * any number of times; the macro is expanded once per row and then undefined.
 *
 * Copyright (c) The Paravane authors
 */
#ifndef XEN_ERRNO
#ifndef __XEN_PUBLIC_ERRNO_H__
#define __XEN_PUBLIC_ERRNO_H__

#define XEN_ERRNO_DEFAULT_INCLUDE

#ifndef __ASSEMBLY__
#define XEN_ERRNO(name, value) XEN_##name = value,
enum xen_errno {
#elif __XEN_INTERFACE_VERSION__ < 0x00040700
#define XEN_ERRNO(name, value) .equ XEN_##name, value
#endif

#endif
#endif

#ifdef XEN_ERRNO

XEN_ERRNO(EPERM,         1)     /* caller lacks the privilege */
XEN_ERRNO(ENOENT,        2)     /* no such object or record */
XEN_ERRNO(ESRCH,         3)     /* no such domain */
#ifdef __XEN__                  /* internal: never seen by a guest */
XEN_ERRNO(EINTR,         4)
#endif
XEN_ERRNO(EIO,           5)
XEN_ERRNO(ENXIO,         6)
XEN_ERRNO(E2BIG,         7)     /* more items than the call takes */
XEN_ERRNO(ENOEXEC,       8)
XEN_ERRNO(EBADF,         9)
XEN_ERRNO(ECHILD,       10)
XEN_ERRNO(EAGAIN,       11)     /* not now; ask again */
XEN_ERRNO(EWOULDBLOCK,  11)
XEN_ERRNO(ENOMEM,       12)     /* no frame, or over the domain's limit */
XEN_ERRNO(EACCES,       13)
XEN_ERRNO(EFAULT,       14)     /* a guest pointer could not be read or written */
XEN_ERRNO(EBUSY,        16)
XEN_ERRNO(EEXIST,       17)
XEN_ERRNO(EXDEV,        18)
XEN_ERRNO(ENODEV,       19)
XEN_ERRNO(ENOTDIR,      20)
XEN_ERRNO(EISDIR,       21)
XEN_ERRNO(EINVAL,       22)     /* an argument out of range or contradictory */
XEN_ERRNO(ENFILE,       23)
XEN_ERRNO(EMFILE,       24)
XEN_ERRNO(ENOSPC,       28)     /* a table of the domain is full (event ports, ...) */
XEN_ERRNO(EROFS,        30)
XEN_ERRNO(EMLINK,       31)
XEN_ERRNO(EDOM,         33)
XEN_ERRNO(ERANGE,       34)
XEN_ERRNO(EDEADLK,      35)
XEN_ERRNO(EDEADLOCK,    35)
XEN_ERRNO(ENAMETOOLONG, 36)
XEN_ERRNO(ENOLCK,       37)
XEN_ERRNO(ENOSYS,       38)     /* no such hypercall or sub-operation */
XEN_ERRNO(ENOTEMPTY,    39)
XEN_ERRNO(ENODATA,      61)
XEN_ERRNO(ETIME,        62)     /* the absolute time has already passed */
XEN_ERRNO(EBADMSG,      74)
XEN_ERRNO(EOVERFLOW,    75)
XEN_ERRNO(EILSEQ,       84)
#ifdef __XEN__                  /* internal: the call will be restarted */
XEN_ERRNO(ERESTART,     85)
#endif
XEN_ERRNO(ENOTSOCK,     88)
XEN_ERRNO(EMSGSIZE,     90)
XEN_ERRNO(EOPNOTSUPP,   95)     /* known, but not offered here */
XEN_ERRNO(EADDRINUSE,   98)
XEN_ERRNO(EADDRNOTAVAIL, 99)
XEN_ERRNO(ENOBUFS,     105)
XEN_ERRNO(EISCONN,     106)
XEN_ERRNO(ENOTCONN,    107)
XEN_ERRNO(ETIMEDOUT,   110)
XEN_ERRNO(ECONNREFUSED, 111)

#undef XEN_ERRNO
#endif

#ifdef XEN_ERRNO_DEFAULT_INCLUDE
#undef XEN_ERRNO_DEFAULT_INCLUDE
#ifndef __ASSEMBLY__
};
#endif
#endif
