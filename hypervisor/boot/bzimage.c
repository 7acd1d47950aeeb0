/* SPDX-License-Identifier: MIT */
/*
 * Finds the ELF kernel in what was given as a guest's module: an ELF itself, or the payload of a
 * bzImage. The hypervisor does not decompress (that belongs to the host, where a bug is harmless),
 * so a compressed payload is answered with what to do.
 */
#include "boot/guest_image.h"
#include "lib/string.h"

/* Offsets in a bzImage, from the x86 boot protocol. */
enum {
    SETUP_SECTS    = 0x1f1,
    BOOT_FLAG      = 0x1fe,
    HEADER_MAGIC   = 0x202,
    VERSION        = 0x206,
    PAYLOAD_OFFSET = 0x248,
    PAYLOAD_LENGTH = 0x24c,
    SETUP_END      = 0x250,
};

#define VERSION_WITH_PAYLOAD  0x0208
#define SECTOR                512

static const struct {
    const char *name;
    uint8_t len;
    const char *magic;
} compressions[] = {
    { "gzip", 2, "\x1f\x8b" },
    { "xz", 6, "\xfd" "7zXZ\0" },
    { "zstd", 4, "\x28\xb5\x2f\xfd" },
    { "bzip2", 3, "BZh" },
    { "lzma", 3, "\x5d\0\0" },
    { "lzo", 4, "\x89LZO" },
    { "lz4", 4, "\x02\x21\x4c\x18" },
};

static const char *compression_of(const uint8_t *p, size_t size)
{
    for (size_t i = 0; i < ARRAY_SIZE(compressions); i++)
        if (size >= compressions[i].len && !memcmp(p, compressions[i].magic, compressions[i].len))
            return compressions[i].name;
    return NULL;
}

static bool is_elf(const uint8_t *p, size_t size)
{
    return size >= 4 && memcmp(p, "\177ELF", 4) == 0;
}

static bool is_bzimage(const uint8_t *p, size_t size)
{
    return size >= SETUP_END && p[BOOT_FLAG] == 0x55 && p[BOOT_FLAG + 1] == 0xaa &&
           memcmp(p + HEADER_MAGIC, "HdrS", 4) == 0;
}

/* Moves *p, *size to the payload. */
static int find_payload(const uint8_t **p, size_t *size, struct boot_error *err)
{
    const uint8_t *file = *p;
    size_t setup = (size_t)(file[SETUP_SECTS] ? file[SETUP_SECTS] : 4) + 1;
    uint16_t version;
    uint32_t offset, length;

    memcpy(&version, file + VERSION, sizeof(version));
    memcpy(&offset, file + PAYLOAD_OFFSET, sizeof(offset));
    memcpy(&length, file + PAYLOAD_LENGTH, sizeof(length));
    if (version < VERSION_WITH_PAYLOAD)
        return boot_fail(err, "kernel: a bzImage of boot protocol %u.%02u tells nothing about its "
                         "payload (2.08 does); give the vmlinux", version >> 8, version & 0xff);

    uint64_t start = setup * SECTOR + (uint64_t)offset;

    if (start > *size || length > *size - start)
        return boot_fail(err, "kernel: the bzImage's payload at 0x%lx, 0x%x bytes, lies outside "
                         "the file of 0x%zx: it is truncated or damaged", start, length, *size);
    *p = file + start;
    *size = length;
    return 0;
}

int guest_image_open(const void *module, size_t size, const void **elf, size_t *elf_size,
                     struct boot_error *err)
{
    const uint8_t *p = module;
    bool bzimage = is_bzimage(p, size);

    if (bzimage && find_payload(&p, &size, err))
        return -1;
    if (!is_elf(p, size)) {
        const char *name = compression_of(p, size);

        if (name)
            return boot_fail(err, "kernel: %s compressed with %s; unpack it on the host with "
                             "hypervisor/tools/extract-vmlinux (make run KERNEL= does)",
                             bzimage ? "a bzImage" : "a file", name);
        return boot_fail(err, "kernel: %s; give a PV kernel's ELF or bzImage",
                         bzimage ? "the bzImage's payload is no ELF" : "neither ELF nor bzImage");
    }
    *elf = p;
    *elf_size = size;
    return 0;
}
