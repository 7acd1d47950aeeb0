/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2: one block of tags, each { u32 type, u32 size } and 8-byte aligned, ended by a tag of type 0. The block
 * comes from outside, so a tag is used only after it is known to lie in the block.
 */
#include "boot/boot_info.h"
#include "lib/string.h"

#include <multiboot2.h>

/* The least size of those we read; text has its terminator at least. */
static const uint8_t least_size[] = {
    [MULTIBOOT_TAG_TYPE_CMDLINE] = sizeof(struct multiboot_tag_string) + 1,
    [MULTIBOOT_TAG_TYPE_MODULE] = sizeof(struct multiboot_tag_module) + 1,
    [MULTIBOOT_TAG_TYPE_MMAP] = sizeof(struct multiboot_tag_mmap),
    [MULTIBOOT_TAG_TYPE_ACPI_OLD] = sizeof(struct multiboot_tag_old_acpi) + 20,
    [MULTIBOOT_TAG_TYPE_ACPI_NEW] = sizeof(struct multiboot_tag_new_acpi) + 36,
};

#define BLOCK_HEADER 8u

/* A missing terminator is refused, not repaired. */
static const char *tag_text(const struct multiboot_tag *tag, const char *text, uint64_t at, struct boot_info *out)
{
    uint64_t limit = tag->size - (uint64_t)(text - (const char *)tag);

    return boot_info_skip_path(boot_info_add_text(out, text, limit, "multiboot2: the string of the tag", at), false);
}

static void parse_mmap(const struct multiboot_tag_mmap *map, struct boot_info *out)
{
    const char *tag = (const char *)map;

    boot_stop_if(map->entry_size < 24 || map->entry_size % 8,
                 "multiboot2: memory map entries of %u bytes (24 are usual): " BOOT_DAMAGED, map->entry_size);
    for (uint32_t at = sizeof(*map); map->size - at >= map->entry_size; at += map->entry_size) {
        const struct multiboot_mmap_entry *e = (const void *)(tag + at);

        boot_info_add_memory(out, e->addr, e->len, e->type);
    }
}

static void parse_tag(const struct multiboot_tag *tag, uint64_t at, struct boot_info *out)
{
    const struct multiboot_tag_string *string = (const void *)tag;
    const struct multiboot_tag_module *module = (const void *)tag;
    const struct multiboot_tag_new_acpi *acpi = (const void *)tag;

    switch (tag->type) {
    case MULTIBOOT_TAG_TYPE_CMDLINE:
        out->cmdline = tag_text(tag, string->string, at, out);
        break;
    case MULTIBOOT_TAG_TYPE_MODULE:
        boot_info_add_module(out, module->mod_start, module->mod_end, tag_text(tag, module->cmdline, at, out));
        break;
    case MULTIBOOT_TAG_TYPE_MMAP:
        parse_mmap((const void *)tag, out);
        break;
    case MULTIBOOT_TAG_TYPE_ACPI_OLD:
    case MULTIBOOT_TAG_TYPE_ACPI_NEW:
        if (out->rsdp_size < least_size[tag->type] - sizeof(*acpi)) {
            out->rsdp_size = least_size[tag->type] - sizeof(*acpi);
            memcpy(out->rsdp, acpi->rsdp, out->rsdp_size);
        }
        break;
    } /* the specification adds tags from time to time: others are passed over */
}

void multiboot2_parse(const struct boot_view *view, uint64_t address, struct boot_info *out)
{
    const uint8_t *block = boot_view_at(view, address, BLOCK_HEADER);
    uint64_t limit = block ? view->start + view->size - address : 0;
    uint32_t total = block ? *(const uint32_t *)block : 0, at = BLOCK_HEADER;

    out->cmdline = "";
    boot_stop_if(address % 8, "multiboot2: the boot information at 0x%lx is not 8-byte aligned: " BOOT_DAMAGED,
                 address);
    boot_stop_if(total < BLOCK_HEADER + sizeof(struct multiboot_tag) || total > limit,
                 "multiboot2: the boot information says it has %u bytes, possible are 16 to %lu: " BOOT_DAMAGED, total,
                 limit);
    for (;;) {
        const struct multiboot_tag *tag = (const void *)(block + at);
        uint32_t least = sizeof(*tag);

        boot_stop_if(total - at < sizeof(*tag), "multiboot2: the tag list stops at offset 0x%x without an end tag: it "
                     "is truncated or " BOOT_DAMAGED, at);
        if (tag->type < ARRAY_SIZE(least_size))
            least = max(least, (uint32_t)least_size[tag->type]);
        boot_stop_if(tag->size < least, "multiboot2: the tag of type %u at offset 0x%x has %u bytes where at least %u "
                     "are needed: " BOOT_DAMAGED, tag->type, at, tag->size, least);
        boot_stop_if(tag->size > total - at, "multiboot2: the tag of type %u at offset 0x%x has %u bytes, but only %u "
                     "are left: " BOOT_DAMAGED, tag->type, at, tag->size, total - at);
        if (tag->type == MULTIBOOT_TAG_TYPE_END)
            return;
        parse_tag(tag, address + at, out);
        /* The last tag's padding may be cut off; then the next round finds no end tag. */
        at = min(align_up(at + tag->size, 8), total);
    }
}
