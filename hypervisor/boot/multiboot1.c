/* SPDX-License-Identifier: MIT */
/*
 * Multiboot1: a fixed structure whose parts lie anywhere below 4 GiB, so every part is fetched
 * through the caller's reader and may turn out to be unreachable. QEMU's -kernel speaks this; it
 * puts the file name in front of every command line, GRUB does not.
 */
#include "boot/boot_info.h"
#include "lib/string.h"

enum info_flag {
    INFO_CMDLINE = 1u << 2,
    INFO_MODULES = 1u << 3,
    INFO_MMAP    = 1u << 6,
    INFO_LOADER  = 1u << 9,
};

/* The fields we read; the structure goes on. */
struct multiboot1_info {
    uint32_t flags;
    uint32_t mem_lower, mem_upper;
    uint32_t boot_device;
    uint32_t cmdline;
    uint32_t mods_count, mods_addr;
    uint32_t syms[4];
    uint32_t mmap_length, mmap_addr;
    uint32_t drives_length, drives_addr;
    uint32_t config_table;
    uint32_t loader_name;
};
static_assert(offsetof(struct multiboot1_info, mmap_length) == 44, "layout of Multiboot1");
static_assert(offsetof(struct multiboot1_info, loader_name) == 64, "layout of Multiboot1");

struct multiboot1_module {
    uint32_t start, end, string, reserved;
};

/* `size` does not count itself. */
struct multiboot1_mmap {
    uint32_t size;
    uint64_t start, len;
    uint32_t type;
} PACKED;

#define MMAP_ENTRIES_MAX  4096      /* so that a damaged length cannot keep us busy for long */

#define DAMAGED "the boot information is damaged, boot with GRUB 2 or QEMU -kernel"

static int fetch(const struct boot_reader *reader, uint64_t address, void *to, size_t len,
                 const char *what, struct boot_error *err)
{
    const void *from = reader->at(reader->context, address, len);

    if (!from)
        return boot_fail(err, "multiboot1: %s at 0x%lx is out of reach: " DAMAGED, what, address);
    memcpy(to, from, len);
    return 0;
}

/* Byte by byte: a string may end right before memory that cannot be reached. */
static const char *fetch_text(const struct boot_reader *reader, uint64_t address, const char *what,
                              struct boot_info *out, struct boot_error *err)
{
    size_t room = sizeof(out->text) - out->text_used;
    char *text = out->text + out->text_used;

    if (address == 0)
        return "";
    for (size_t len = 0; len < room; len++) {
        if (fetch(reader, address + len, &text[len], 1, what, err))
            return NULL;
        if (!text[len]) {
            out->text_used += len + 1;
            return text;
        }
    }
    boot_fail(err, "multiboot1: %s at 0x%lx does not end, or the command lines need more than %u "
              "bytes together; shorten them", what, address, BOOT_TEXT_SIZE);
    return NULL;
}

static int parse_modules(const struct boot_reader *reader, const struct multiboot1_info *info,
                         bool path_first, struct boot_info *out, struct boot_error *err)
{
    for (uint32_t i = 0; i < info->mods_count; i++) {
        struct multiboot1_module m;
        uint64_t at = info->mods_addr + (uint64_t)i * sizeof(m);

        if (fetch(reader, at, &m, sizeof(m), "the module list", err))
            return -1;

        const char *text = fetch_text(reader, m.string, "a module's command line", out, err);

        if (!text || boot_info_add_module(out, m.start, m.end,
                                          boot_info_skip_path(text, path_first), err))
            return -1;
    }
    return 0;
}

static int parse_mmap(const struct boot_reader *reader, const struct multiboot1_info *info,
                      struct boot_info *out, struct boot_error *err)
{
    uint64_t at = info->mmap_addr, end = at + info->mmap_length;

    for (unsigned int n = 0; end - at >= sizeof(struct multiboot1_mmap); n++) {
        struct multiboot1_mmap m;

        if (fetch(reader, at, &m, sizeof(m), "the memory map", err))
            return -1;
        if (m.size < sizeof(m) - sizeof(m.size) || m.size + sizeof(m.size) > end - at ||
            n == MMAP_ENTRIES_MAX)
            return boot_fail(err, "multiboot1: memory map entry %u at 0x%lx has %u bytes, 20 to "
                             "%lu are possible: " DAMAGED, n, at, m.size, end - at - 4);
        if (boot_info_add_memory(out, m.start, m.len, m.type, err))
            return -1;
        at += m.size + sizeof(m.size);
    }
    return 0;
}

int multiboot1_parse(const struct boot_reader *reader, uint64_t address, struct boot_info *out,
                     struct boot_error *err)
{
    struct multiboot1_info info;
    const char *text;
    bool path_first = false;

    boot_info_init(out);
    if (fetch(reader, address, &info, sizeof(info), "the boot information", err))
        return -1;

    if (info.flags & INFO_LOADER) {
        text = fetch_text(reader, info.loader_name, "the loader's name", out, err);
        if (!text)
            return -1;
        path_first = strcmp(text, "qemu") == 0;
    }
    if (info.flags & INFO_CMDLINE) {
        text = fetch_text(reader, info.cmdline, "the command line", out, err);
        if (!text)
            return -1;
        out->cmdline = boot_info_skip_path(text, path_first);
    }
    if ((info.flags & INFO_MMAP) && parse_mmap(reader, &info, out, err))
        return -1;
    if ((info.flags & INFO_MODULES) && parse_modules(reader, &info, path_first, out, err))
        return -1;
    return 0;
}
