/* SPDX-License-Identifier: MIT */
/* What must hold of a boot_info that a parser has accepted, whatever it was given. */
#ifndef UNIT_BOOT_CHECK_H
#define UNIT_BOOT_CHECK_H

#include <stdlib.h>
#include "boot/boot_info.h"
#include "lib/string.h"

#define boot_require(condition) do { if (!(condition)) abort(); } while (0)

static inline void boot_require_text(const struct boot_info *info, const char *text)
{
    boot_require(text);
    if (*text)
        boot_require(text >= info->text && text + strlen(text) < info->text + info->text_used);
}

static inline void boot_require_sane(const struct boot_info *info)
{
    boot_require(info->nr_memory <= BOOT_MEMORY_MAX && info->nr_modules <= BOOT_MODULES_MAX);
    boot_require(info->text_used <= sizeof(info->text));
    boot_require_text(info, info->cmdline);
    for (size_t i = 0; i < info->nr_modules; i++)
        boot_require_text(info, info->modules[i].cmdline);
    for (size_t i = 0; i < info->nr_memory; i++) {
        const struct boot_memory *m = &info->memory[i];

        boot_require(m->start < m->end && m->end <= BOOT_ADDRESS_LIMIT);
        boot_require(i == 0 || m[-1].end <= m->start);
    }
}

/* A refusal says something, and ends within its buffer. */
static inline void boot_require_message(const struct boot_error *err)
{
    boot_require(err->text[0] && strnlen(err->text, sizeof(err->text)) < sizeof(err->text));
}

#endif
