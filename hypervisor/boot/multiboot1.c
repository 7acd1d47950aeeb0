/* SPDX-License-Identifier: MIT */
/*
 * Multiboot1: a fixed structure whose parts lie anywhere below 4 GiB, so every part is looked up in the view and may
 * turn out to be out of reach. QEMU's -kernel speaks this; it puts the file name in front of every command line, GRUB
 * does not.
 */
#include "boot/boot_info.h"
#include "lib/parse.h"
#include "lib/string.h"

enum info_flag {
    INFO_CMDLINE = 1u << 2,
    INFO_MODULES = 1u << 3,
    INFO_MMAP = 1u << 6,
    INFO_LOADER = 1u << 9,
};

/* The fields we read; the structure goes on. */
struct multiboot1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
    uint32_t drives_length, drives_addr, config_table, loader_name;
} PACKED;
static_assert(offsetof(struct multiboot1_info, loader_name) == 64, "layout of Multiboot1");

struct multiboot1_module {
    uint32_t start, end, string, reserved;
} PACKED;

/* `size` does not count itself. */
struct multiboot1_mmap {
    uint32_t size;
    uint64_t start, len;
    uint32_t type;
} PACKED;

static const void *fetch(const struct boot_view *view, uint64_t address, size_t len, const char *what)
{
    const void *p = boot_view_at(view, address, len);

    boot_stop_if(!p, "%s at 0x%lx is out of reach: " BOOT_DAMAGED, what, address);
    return p;
}

static const char *fetch_text(const struct boot_view *view, uint64_t address, const char *what, struct boot_info *out)
{
    if (address == 0)
        return "";
    return boot_info_add_text(out, fetch(view, address, 1, what), view->start + view->size - address, what, address);
}

static void parse_modules(const struct boot_view *view, const struct multiboot1_info *info, bool path_first,
                          struct boot_info *out)
{
    for (uint32_t i = 0; i < info->mods_count; i++) {
        uint64_t at = info->mods_addr + (uint64_t)i * sizeof(struct multiboot1_module);
        const struct multiboot1_module *m = fetch(view, at, sizeof(*m), "multiboot1: the module list");
        const char *text = fetch_text(view, m->string, "multiboot1: a module's command line", out);

        boot_info_add_module(out, m->start, m->end, boot_info_skip_path(text, path_first));
    }
}

static void parse_mmap(const struct boot_view *view, const struct multiboot1_info *info, struct boot_info *out)
{
    uint64_t at = info->mmap_addr, end = at + info->mmap_length;

    for (unsigned int n = 0; end - at >= sizeof(struct multiboot1_mmap); n++) {
        const struct multiboot1_mmap *m = fetch(view, at, sizeof(*m), "multiboot1: the memory map");

        boot_stop_if(m->size < sizeof(*m) - sizeof(m->size) || m->size + sizeof(m->size) > end - at,
                     "multiboot1: memory map entry %u at 0x%lx has %u bytes, 20 to %lu are possible: " BOOT_DAMAGED, n,
                     at, m->size, end - at - sizeof(m->size));
        boot_info_add_memory(out, m->start, m->len, m->type);
        at += m->size + sizeof(m->size);
    }
}

void multiboot1_parse(const struct boot_view *view, uint64_t address, struct boot_info *out)
{
    const struct multiboot1_info *info = fetch(view, address, sizeof(*info), "multiboot1: the boot information");
    const char *loader = "";
    bool path_first;

    out->cmdline = "";
    if (info->flags & INFO_LOADER)
        loader = fetch_text(view, info->loader_name, "multiboot1: the loader's name", out);
    path_first = parse_equal((struct slice){loader, strlen(loader)}, "qemu");
    if (info->flags & INFO_CMDLINE)
        out->cmdline = boot_info_skip_path(fetch_text(view, info->cmdline, "multiboot1: the command line", out),
                                           path_first);
    if (info->flags & INFO_MMAP)
        parse_mmap(view, info, out);
    if (info->flags & INFO_MODULES)
        parse_modules(view, info, path_first, out);
}
