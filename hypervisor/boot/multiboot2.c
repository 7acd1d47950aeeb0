/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2: one block of tags, each { u32 type, u32 size } and 8-byte aligned, ended by a tag of
 * type 0. The block comes from outside, so a tag is used only after it is known to lie in the
 * block, and every field is copied out with memcpy: nothing relies on alignment or on terminators.
 */
#include "boot/boot_info.h"
#include "lib/string.h"

enum tag_type {
    TAG_END = 0,
    TAG_CMDLINE = 1,
    TAG_MODULE = 3,
    TAG_MMAP = 6,
    TAG_ACPI_OLD = 14,
    TAG_ACPI_NEW = 15,
};

/* The least size of those we read; text has its terminator at least. */
static const uint8_t least_size[] = {
    [TAG_CMDLINE] = 9, [TAG_MODULE] = 17, [TAG_MMAP] = 16, [TAG_ACPI_OLD] = 28, [TAG_ACPI_NEW] = 44,
};

#define TAG_HEADER      8u
#define BLOCK_HEADER    8
#define BLOCK_SIZE_MAX  MIB(1)

#define DAMAGED "the boot information is damaged, boot with GRUB 2 or QEMU -kernel"

/* A tag known to lie in the block. */
struct tag {
    const uint8_t *data;
    uint32_t type, size;
    size_t offset;              /* in the block, for messages */
};

static uint32_t u32_at(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t u64_at(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* The text from `at` to the end of the tag; a missing terminator is refused, not repaired. */
static const char *tag_text(const struct tag *tag, uint32_t at, struct boot_info *out,
                            struct boot_error *err)
{
    const char *text = (const char *)tag->data + at;
    size_t len = strnlen(text, tag->size - at);

    if (len == tag->size - at) {
        boot_fail(err, "multiboot2: the string of the tag of type %u at offset 0x%zx does not "
                  "end within the tag: " DAMAGED, tag->type, tag->offset);
        return NULL;
    }
    text = boot_info_add_text(out, text, len, err);
    return text ? boot_info_skip_path(text, false) : NULL;
}

static int parse_mmap(const struct tag *tag, struct boot_info *out, struct boot_error *err)
{
    uint32_t entry_size = u32_at(tag->data + 8);

    if (entry_size < 24 || entry_size % 8)
        return boot_fail(err, "multiboot2: memory map entries of %u bytes at offset 0x%zx (24 are "
                         "usual): " DAMAGED, entry_size, tag->offset);
    for (uint32_t at = 16; tag->size - at >= entry_size; at += entry_size) {
        const uint8_t *e = tag->data + at;

        if (boot_info_add_memory(out, u64_at(e), u64_at(e + 8), u32_at(e + 16), err))
            return -1;
    }
    return 0;
}

static int parse_tag(const struct tag *tag, struct boot_info *out, struct boot_error *err)
{
    const char *text;

    switch (tag->type) {
    case TAG_CMDLINE:
        out->cmdline = text = tag_text(tag, 8, out, err);
        return text ? 0 : -1;
    case TAG_MODULE:
        text = tag_text(tag, 16, out, err);
        return text ? boot_info_add_module(out, u32_at(tag->data + 8), u32_at(tag->data + 12), text,
                                           err)
                    : -1;
    case TAG_MMAP:
        return parse_mmap(tag, out, err);
    case TAG_ACPI_OLD:
    case TAG_ACPI_NEW:
        if (out->rsdp_size < least_size[tag->type] - TAG_HEADER) {
            out->rsdp_size = least_size[tag->type] - TAG_HEADER;
            memcpy(out->rsdp, tag->data + TAG_HEADER, out->rsdp_size);
        }
        return 0;
    default:
        return 0;               /* the specification adds tags from time to time */
    }
}

int multiboot2_parse(const void *info, size_t size_limit, struct boot_info *out,
                     struct boot_error *err)
{
    const uint8_t *block = info;
    size_t total, at = BLOCK_HEADER;
    uint32_t least;

    boot_info_init(out);
    if ((uintptr_t)info % 8)
        return boot_fail(err, "multiboot2: the boot information is not 8-byte aligned (ends in "
                         "0x%lx): " DAMAGED, (uintptr_t)info % 4096);
    size_limit = min(size_limit, (size_t)BLOCK_SIZE_MAX);
    total = size_limit >= BLOCK_HEADER ? u32_at(block) : 0;
    if (total < BLOCK_HEADER + TAG_HEADER || total > size_limit)
        return boot_fail(err, "multiboot2: the boot information says it has %zu bytes, possible "
                         "are 16 to %zu: " DAMAGED, total, size_limit);

    for (;;) {
        struct tag tag = { .data = block + at, .offset = at };

        if (total - at < TAG_HEADER)
            return boot_fail(err, "multiboot2: the tag list stops at offset 0x%zx without an end "
                             "tag: it is truncated or " DAMAGED, at);
        tag.type = u32_at(tag.data);
        tag.size = u32_at(tag.data + 4);
        least = tag.type < ARRAY_SIZE(least_size) ? least_size[tag.type] : 0;
        least = max(least, TAG_HEADER);
        if (tag.size < least)
            return boot_fail(err, "multiboot2: the tag of type %u at offset 0x%zx has %u bytes "
                             "where at least %u are needed: " DAMAGED, tag.type, at, tag.size,
                             least);
        if (tag.size > total - at)
            return boot_fail(err, "multiboot2: the tag of type %u at offset 0x%zx has %u bytes, "
                             "but only %zu are left: " DAMAGED, tag.type, at, tag.size, total - at);
        if (tag.type == TAG_END)
            return 0;
        if (parse_tag(&tag, out, err))
            return -1;
        /* The last tag's padding may be cut off; then the next round finds no end tag. */
        at = min(align_up(at + tag.size, 8), total);
    }
}
