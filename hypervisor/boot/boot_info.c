/* SPDX-License-Identifier: MIT */
/*
 * What the two Multiboot parsers share: the memory map, the text store, and the final check. The map is sorted, disjoint, and
 * no two touching ranges are of one type; where the loader's entries overlapped, the less usable type has won; and RAM is
 * whole pages: a page that something else has a part of is not RAM.
 */
#include "boot/boot_info.h"
#include "lib/format.h"
#include "lib/string.h"

const char *boot_info_add_text(struct boot_info *info, const char *text, uint64_t limit, const char *what,
                               uint64_t address)
{
    char *copy = info->text + info->text_used;
    size_t room = sizeof(info->text) - info->text_used, len = strnlen(text, min(limit, room));

    boot_stop_if(len == room, "boot: the command lines need more than %u bytes together; shorten them", BOOT_TEXT_SIZE);
    boot_stop_if(len == limit, "%s at 0x%lx does not end: " BOOT_DAMAGED, what, address);
    info->text_used += len + 1;
    return memcpy(copy, text, len + 1);
}

const char *boot_info_skip_path(const char *cmdline, bool force)
{
    const char *end = cmdline;
    bool slash = false, option = false;

    while (*end && *end != ' ') {
        slash |= *end == '/';
        option |= *end == '=';
        end++;
    }
    if (!force && (!slash || option))
        return cmdline;
    while (*end == ' ')
        end++;
    return end;
}

void boot_info_add_module(struct boot_info *info, uint64_t start, uint64_t end, const char *cmdline)
{
    boot_stop_if(info->nr_modules == BOOT_MODULES_MAX, "boot: more than %u modules; load fewer guests and ramdisks",
                 BOOT_MODULES_MAX);
    info->modules[info->nr_modules++] = (struct boot_module){start, end, cmdline};
}

void boot_info_add_memory(struct boot_info *info, uint64_t start, uint64_t len, uint32_t e820_type)
{
    bool known = e820_type >= BOOT_MEMORY_RAM && e820_type <= BOOT_MEMORY_BAD;

    if (start >= BOOT_ADDRESS_LIMIT || len == 0)
        return;
    boot_stop_if(info->nr_entries == BOOT_ENTRIES_MAX, "boot: the memory map falls into more than %u ranges",
                 BOOT_ENTRIES_MAX);
    info->entries[info->nr_entries++] = (struct boot_memory){
        .start = start,
        .end = start + min(len, BOOT_ADDRESS_LIMIT - start),
        .type = known ? e820_type : BOOT_MEMORY_RESERVED,
    };
}

/* The greatest type at an address, and the next address where that may change. */
static enum boot_memory_type type_at(const struct boot_info *info, uint64_t at, uint64_t *next)
{
    enum boot_memory_type type = 0;

    *next = BOOT_ADDRESS_LIMIT;
    for (size_t i = 0; i < info->nr_entries; i++) {
        const struct boot_memory *e = &info->entries[i];

        if (at < e->start) {
            *next = min(*next, e->start);
        } else if (at < e->end) {
            *next = min(*next, e->end);
            type = max(type, e->type);
        }
    }
    return type;
}

void boot_info_sort_memory(struct boot_info *info)
{
    uint64_t end, next;

    info->nr_memory = 0;
    for (uint64_t at = 0; at < BOOT_ADDRESS_LIMIT; at = end) {
        enum boot_memory_type type = type_at(info, at, &end);
        uint64_t unit = type == BOOT_MEMORY_RAM ? PAGE_SIZE : 1;
        struct boot_memory m = {.start = align_up(at, unit), .type = type};

        while (end < BOOT_ADDRESS_LIMIT && type_at(info, end, &next) == type)
            end = next;
        m.end = align_down(end, unit);
        if (type && m.start < m.end)
            info->memory[info->nr_memory++] = m;
    }
}

static void module_check(const struct boot_info *info, size_t n, uint64_t image_start, uint64_t image_end)
{
    const struct boot_module *m = &info->modules[n];
    bool in_ram = false;
    char what[128];

    for (const struct boot_memory *r = info->memory; r < info->memory + info->nr_memory; r++)
        in_ram |= r->type == BOOT_MEMORY_RAM && r->start <= m->start && m->end <= r->end;
    format(what, sizeof(what), "boot: module %zu (\"%.40s\") at 0x%lx-0x%lx", n, m->cmdline, m->start, m->end);
    boot_stop_if(m->start >= m->end, "%s is empty; is the file empty on the boot medium?", what);
    boot_stop_if(m->start < image_end && image_start < m->end,
                 "%s overlaps the hypervisor at 0x%lx-0x%lx; the boot loader misplaced it", what, image_start, image_end);
    boot_stop_if(!in_ram, "%s lies outside RAM; give the machine more memory or use a smaller module", what);
    for (const struct boot_module *o = info->modules; o < m; o++)
        boot_stop_if(m->start < o->end && o->start < m->end,
                     "%s overlaps module %zu at 0x%lx-0x%lx; the boot loader misplaced one", what,
                     (size_t)(o - info->modules), o->start, o->end);
}

void boot_info_check(struct boot_info *info, uint64_t image_start, uint64_t image_end)
{
    boot_info_sort_memory(info);
    boot_stop_if(info->nr_entries == 0,
                 "boot: the loader gave no memory map; boot with GRUB 2 (multiboot2) or QEMU -kernel");
    boot_stop_if(info->nr_modules == 0, "boot: no guest: the loader gave no module; add `module2 <kernel> domain=NAME` "
                 "in GRUB, or -initrd <kernel> in QEMU");
    for (size_t i = 0; i < info->nr_modules; i++)
        module_check(info, i, image_start, image_end);
}
