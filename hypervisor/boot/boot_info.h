/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader told us, in one form whichever protocol it spoke. The parsers copy
 * everything out of loader memory, so once they return only the modules themselves (and the
 * memory under them) still belong to the loader.
 *
 * Order of use: multiboot2_parse() or multiboot1_parse(), then boot_info_check(). Only after the
 * check is the memory map sorted, disjoint and page-aligned, and every module known to lie in RAM
 * clear of the hypervisor and of the other modules. All of it is pure: no globals, no hardware.
 */
#pragma once

#include "lib/types.h"

#define BOOT_MODULES_MAX    32
#define BOOT_ENTRIES_MAX    256         /* of the loader's memory map */
#define BOOT_MEMORY_MAX     (2 * BOOT_ENTRIES_MAX)
#define BOOT_TEXT_SIZE      16384       /* all command lines together */
#define BOOT_RSDP_SIZE      36
#define BOOT_ADDRESS_LIMIT  (1UL << 52) /* the most physical address bits x86-64 can have */

/* The firmware's numbers (E820). Where entries overlap, the greater wins. */
enum boot_memory_type {
    BOOT_MEMORY_RAM = 1,
    BOOT_MEMORY_RESERVED,       /* and what is not known */
    BOOT_MEMORY_ACPI,
    BOOT_MEMORY_NVS,
    BOOT_MEMORY_BAD,
};

struct boot_memory {
    uint64_t start, end;
    enum boot_memory_type type;
};

struct boot_module {
    uint64_t start, end;        /* physical; start need not be page-aligned (QEMU's are) */
    const char *cmdline;        /* never NULL; a leading file name has been taken off */
};

struct boot_info {
    struct boot_memory entries[BOOT_ENTRIES_MAX];   /* as the loader gave them */
    struct boot_memory memory[BOOT_MEMORY_MAX];     /* sorted, disjoint */
    struct boot_module modules[BOOT_MODULES_MAX];
    size_t nr_entries, nr_memory, nr_modules;
    const char *cmdline;        /* the hypervisor's own, without its file name */
    uint8_t rsdp[BOOT_RSDP_SIZE];
    size_t rsdp_size;           /* 0: not given, look for it in the BIOS area */
    size_t text_used;
    char text[BOOT_TEXT_SIZE];
};

/* What went wrong, where, and what to do about it: one line for the console. */
struct boot_error {
    char text[320];
};

#define MULTIBOOT1_LOADER_MAGIC  0x2badb002u
#define MULTIBOOT2_LOADER_MAGIC  0x36d76289u

/* All of these return 0, or -1 with err filled. */

/* info: the first byte of the boot information; at most size_limit bytes may be read. */
int multiboot2_parse(const void *info, size_t size_limit, struct boot_info *out,
                     struct boot_error *err);

/* Multiboot1 scatters its parts: at() gives a pointer to len bytes at a physical address, or NULL. */
struct boot_reader {
    const void *(*at)(void *context, uint64_t address, size_t len);
    void *context;
};

int multiboot1_parse(const struct boot_reader *reader, uint64_t info, struct boot_info *out,
                     struct boot_error *err);

/* image_start, image_end: physical extent of the loaded hypervisor. */
int boot_info_check(struct boot_info *info, uint64_t image_start, uint64_t image_end,
                    struct boot_error *err);

/* For the parsers. */
void boot_info_init(struct boot_info *info);
int boot_info_add_memory(struct boot_info *info, uint64_t start, uint64_t len, uint32_t e820_type,
                         struct boot_error *err);
int boot_info_add_module(struct boot_info *info, uint64_t start, uint64_t end, const char *cmdline,
                         struct boot_error *err);
const char *boot_info_add_text(struct boot_info *info, const char *text, size_t len,
                               struct boot_error *err);

/* Skips a leading file name: always when forced, else only if the first word looks like a path. */
const char *boot_info_skip_path(const char *cmdline, bool force);

int boot_fail(struct boot_error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
