/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader told us, in one form whichever protocol it spoke. The parsers copy everything out of loader
 * memory, so once they return only the modules themselves (and the memory under them) still belong to the loader.
 *
 * Order of use: multiboot2_parse() or multiboot1_parse(), then boot_info_check(). Only after the check is the memory
 * map sorted, disjoint and page-aligned, and every module known to lie in RAM clear of the hypervisor and of the other
 * modules. All of it is pure: no globals, no hardware. What is wrong ends the boot where it is found, in boot_stop().
 */
#pragma once

#include "lib/types.h"

#define BOOT_MODULES_MAX   32
#define BOOT_ENTRIES_MAX   320 /* of the loader's memory map, and what is ours */
#define BOOT_MEMORY_MAX    (2 * BOOT_ENTRIES_MAX)
#define BOOT_TEXT_SIZE     16384 /* all command lines together */
#define BOOT_ADDRESS_LIMIT (1UL << 52) /* the most physical address bits x86-64 can have */

/* The firmware's numbers (E820). Where entries overlap, the greater wins. */
enum boot_memory_type {
    BOOT_MEMORY_RAM = 1,
    BOOT_MEMORY_RESERVED, /* and what is not known */
    BOOT_MEMORY_ACPI,
    BOOT_MEMORY_NVS,
    BOOT_MEMORY_BAD,
};

struct boot_memory {
    uint64_t start, end;
    enum boot_memory_type type;
};

struct boot_module {
    uint64_t start, end; /* physical; start need not be page-aligned (QEMU's are) */
    const char *cmdline; /* never NULL; a leading file name has been taken off */
};

struct boot_info {
    struct boot_memory entries[BOOT_ENTRIES_MAX]; /* as the loader gave them */
    struct boot_memory memory[BOOT_MEMORY_MAX];   /* sorted, disjoint */
    struct boot_module modules[BOOT_MODULES_MAX];
    size_t nr_entries, nr_memory, nr_modules;
    const char *cmdline; /* the hypervisor's own, without its file name */
    uint8_t rsdp[36];
    size_t rsdp_size; /* 0: not given, look for it in the BIOS area */
    size_t text_used;
    char text[BOOT_TEXT_SIZE];
};

/*
 * The end of a boot that cannot be: one line for the console says what is wrong, where, and what to do about it.
 * main.c has it; a test has its own, which comes back to it by longjmp.
 */
void NORETURN boot_stop(const char *fmt, ...) PRINTF_LIKE(1, 2);

#define boot_stop_if(wrong, ...)                                                                                       \
    do {                                                                                                               \
        if (wrong)                                                                                                     \
            boot_stop(__VA_ARGS__);                                                                                    \
    } while (0)

#define BOOT_DAMAGED "the boot information is damaged, boot with GRUB 2 or QEMU -kernel"

/* Physical memory that can be read: size bytes of it from start on. */
struct boot_view {
    const uint8_t *bytes;
    uint64_t start, size;
};

/* The len bytes at a physical address, NULL if they are not all in view. */
static inline const void *boot_view_at(const struct boot_view *v, uint64_t address, uint64_t len)
{
    uint64_t at = address - v->start;

    return at <= v->size && len <= v->size - at ? v->bytes + at : NULL;
}

/* address: where the loader says that its information is; *out is zeroed. */
void multiboot2_parse(const struct boot_view *view, uint64_t address, struct boot_info *out);
void multiboot1_parse(const struct boot_view *view, uint64_t address, struct boot_info *out);

/* image_start, image_end: physical extent of the loaded hypervisor. */
void boot_info_check(struct boot_info *info, uint64_t image_start, uint64_t image_end);

/* Makes info->memory of info->entries: part of the check, and again when entries have been added. */
void boot_info_sort_memory(struct boot_info *info);

/* For the parsers. A text must end within limit bytes; `what` and `address` tell which it is if it does not. */
void boot_info_add_memory(struct boot_info *info, uint64_t start, uint64_t len, uint32_t e820_type);
void boot_info_add_module(struct boot_info *info, uint64_t start, uint64_t end, const char *cmdline);
const char *boot_info_add_text(struct boot_info *info, const char *text, uint64_t limit, const char *what,
                               uint64_t address);

/* Skips a leading file name: always when forced, else only if the first word looks like a path. */
const char *boot_info_skip_path(const char *cmdline, bool force);
