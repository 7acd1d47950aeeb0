/* SPDX-License-Identifier: MIT */
/*
 * The words on command lines: the hypervisor's own options, and which module is which domain.
 *
 * A module string is `domain=NAME memory=64M vcpus=2 weight=256 explain=on trace=on privileged=off` followed by the
 * guest's own command line, which begins at the first word that is not one of these (or after `--`). A module whose
 * string starts with `ramdisk` belongs to the domain before it. Two conveniences for plain `-initrd "kernel args,initrd"`:
 * a first module without domain= is a guest named dom0, and a later one without any of these words is the ramdisk of the
 * guest before it.
 */
#pragma once

#include "boot/boot_info.h"
#include "lib/parse.h"

#define OPTIONS_NAME_MAX       24 /* as much as struct domain keeps */
#define OPTIONS_VCPUS_MAX      32 /* vcpu_info slots in shared_info */
#define OPTIONS_MEMORY_DEFAULT MIB(64)
#define OPTIONS_MEMORY_MIN     MIB(1)
#define OPTIONS_WEIGHT_DEFAULT 256
#define OPTIONS_UNSET          UINT64_MAX

struct domain_options {
    char name[OPTIONS_NAME_MAX];
    uint64_t memory; /* bytes, whole pages */
    uint64_t vcpus, weight;
    uint64_t explain;    /* unset: the hypervisor's own setting holds */
    uint64_t trace;      /* enum trace_mode */
    uint64_t privileged; /* 0 or 1 */
    const char *cmdline; /* the guest's, never NULL */
    const struct boot_module *kernel;
    const struct boot_module *ramdisk; /* NULL: none */
};

struct hypervisor_options {
    uint64_t loglvl;  /* 0 errors .. 3 debug */
    uint64_t maxcpus; /* OPTIONS_UNSET: all */
    uint64_t explain;
    uint64_t noreboot;        /* stop instead of restarting after a panic */
    uint64_t rows;            /* at the end, say which refusals were made */
    uint64_t smap, pcid;      /* 0: never use it */
    uint64_t spec_ctrl;       /* enum mitigations_choice */
    uint64_t exit_debug_port; /* exit=debug-port: 1 */
    struct slice unknown;     /* first word nobody knows, for a warning; empty if none */
};

/* Fills plan and says how many there are, at least one; duplicate names, stray ramdisks and senseless values stop. */
size_t options_plan_domains(const struct boot_info *info, struct domain_options *plan, size_t max);

void options_parse_hypervisor(const char *cmdline, struct hypervisor_options *out);
