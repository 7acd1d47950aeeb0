/* SPDX-License-Identifier: MIT */
#ifndef PARAVANE_PV_XEN_VERSION_H
#define PARAVANE_PV_XEN_VERSION_H

/* The hypervisor's own command line, for XENVER_commandline. Set by boot. */
extern const char *xen_version_command_line;

#endif
