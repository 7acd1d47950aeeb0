/* SPDX-License-Identifier: MIT */
/*
 * What the two Multiboot parsers share: the normalised memory map, the text store, and the final
 * check. Invariant of info->memory at every moment: sorted, disjoint, no two touching entries of
 * one type; where the loader's entries overlapped, the less usable type has won.
 */
#include "boot/boot_info.h"
#include "lib/format.h"
#include "lib/string.h"

int boot_fail(struct boot_error *err, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format_va(err->text, sizeof(err->text), fmt, ap);
    va_end(ap);
    return -1;
}

void boot_info_init(struct boot_info *info)
{
    info->nr_entries = info->nr_memory = info->nr_modules = 0;
    info->cmdline = "";
    info->rsdp_size = info->text_used = 0;
}

const char *boot_info_add_text(struct boot_info *info, const char *text, size_t len,
                               struct boot_error *err)
{
    char *copy = info->text + info->text_used;

    if (len >= sizeof(info->text) - info->text_used) {
        boot_fail(err, "boot: the command lines need more than %u bytes together; shorten them",
                  BOOT_TEXT_SIZE);
        return NULL;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    info->text_used += len + 1;
    return copy;
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

int boot_info_add_module(struct boot_info *info, uint64_t start, uint64_t end, const char *cmdline,
                         struct boot_error *err)
{
    if (info->nr_modules == BOOT_MODULES_MAX)
        return boot_fail(err, "boot: more than %u modules; load fewer guests and ramdisks",
                         BOOT_MODULES_MAX);
    info->modules[info->nr_modules++] = (struct boot_module){ start, end, cmdline };
    return 0;
}

/* The greatest type at an address, from one address where that may change to the next. */
static void memory_normalise(struct boot_info *info)
{
    uint64_t at = 0, next;

    info->nr_memory = 0;
    for (; at < BOOT_ADDRESS_LIMIT; at = next) {
        struct boot_memory *last = info->nr_memory ? &info->memory[info->nr_memory - 1] : NULL;
        enum boot_memory_type type = 0;

        next = BOOT_ADDRESS_LIMIT;
        for (size_t i = 0; i < info->nr_entries; i++) {
            const struct boot_memory *e = &info->entries[i];

            if (at < e->start) {
                next = min(next, e->start);
            } else if (at < e->end) {
                next = min(next, e->end);
                type = max(type, e->type);
            }
        }
        if (last && last->end == at && last->type == type)
            last->end = next;
        else if (type)
            info->memory[info->nr_memory++] = (struct boot_memory){ at, next, type };
    }
}

int boot_info_add_memory(struct boot_info *info, uint64_t start, uint64_t len, uint32_t e820_type,
                         struct boot_error *err)
{
    bool known = e820_type >= BOOT_MEMORY_RAM && e820_type <= BOOT_MEMORY_BAD;

    if (start >= BOOT_ADDRESS_LIMIT || len == 0)
        return 0;
    if (info->nr_entries == BOOT_ENTRIES_MAX)
        return boot_fail(err, "boot: the memory map falls into more than %u ranges",
                         BOOT_ENTRIES_MAX);
    info->entries[info->nr_entries++] = (struct boot_memory){
        start, len < BOOT_ADDRESS_LIMIT - start ? start + len : BOOT_ADDRESS_LIMIT,
        known ? e820_type : BOOT_MEMORY_RESERVED,
    };
    memory_normalise(info);
    return 0;
}

/* RAM is used by whole pages: a page that something else has a part of is not RAM. */
static uint64_t memory_trim(struct boot_info *info)
{
    size_t kept = 0;
    uint64_t total = 0;

    for (size_t i = 0; i < info->nr_memory; i++) {
        struct boot_memory m = info->memory[i];

        if (m.type == BOOT_MEMORY_RAM) {
            m.start = align_up(m.start, PAGE_SIZE);
            m.end = align_down(m.end, PAGE_SIZE);
            if (m.start >= m.end)
                continue;
            total += m.end - m.start;
        }
        info->memory[kept++] = m;
    }
    info->nr_memory = kept;
    return total;
}

static bool in_ram(const struct boot_info *info, uint64_t start, uint64_t end)
{
    for (size_t i = 0; i < info->nr_memory; i++) {
        const struct boot_memory *m = &info->memory[i];

        if (m->type == BOOT_MEMORY_RAM && m->start <= start && end <= m->end)
            return true;
    }
    return false;
}

static int module_check(const struct boot_info *info, size_t n, uint64_t image_start,
                        uint64_t image_end, struct boot_error *err)
{
    const struct boot_module *m = &info->modules[n];

    if (m->start >= m->end)
        return boot_fail(err, "boot: module %zu (\"%.40s\") is empty: 0x%lx-0x%lx; is the file "
                         "empty on the boot medium?", n, m->cmdline, m->start, m->end);
    if (m->start < image_end && image_start < m->end)
        return boot_fail(err, "boot: module %zu (\"%.40s\") at 0x%lx-0x%lx overlaps the hypervisor "
                         "at 0x%lx-0x%lx; the boot loader misplaced it", n, m->cmdline, m->start,
                         m->end, image_start, image_end);
    if (!in_ram(info, m->start, m->end))
        return boot_fail(err, "boot: module %zu (\"%.40s\") at 0x%lx-0x%lx lies outside RAM; give "
                         "the machine more memory or use a smaller module", n, m->cmdline,
                         m->start, m->end);
    for (size_t i = 0; i < n; i++) {
        const struct boot_module *o = &info->modules[i];

        if (m->start < o->end && o->start < m->end)
            return boot_fail(err, "boot: module %zu (\"%.40s\") at 0x%lx-0x%lx overlaps module %zu "
                             "at 0x%lx-0x%lx; the boot loader misplaced one", n, m->cmdline,
                             m->start, m->end, i, o->start, o->end);
    }
    return 0;
}

int boot_info_check(struct boot_info *info, uint64_t image_start, uint64_t image_end,
                    struct boot_error *err)
{
    if (info->nr_memory == 0)
        return boot_fail(err, "boot: the loader gave no memory map; boot with GRUB 2 (multiboot2) "
                         "or QEMU -kernel");
    if (info->nr_modules == 0)
        return boot_fail(err, "boot: no guest: the loader gave no module; add `module2 <kernel> "
                         "domain=NAME` in GRUB, or -initrd <kernel> in QEMU");
    for (size_t i = 0; i < info->nr_modules; i++)
        if (module_check(info, i, image_start, image_end, err))
            return -1;
    if (memory_trim(info) == 0)
        return boot_fail(err, "boot: the memory map has no usable RAM in it; check the firmware's "
                         "memory settings");
    return 0;
}
