/* SPDX-License-Identifier: MIT */
/* Boots that end in boot_stop(), and what must hold of a boot_info that a parser has accepted. */
#ifndef UNIT_BOOT_CHECK_H
#define UNIT_BOOT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "boot/boot_info.h"
#include "lib/string.h"

#define boot_require(condition) do { if (!(condition)) abort(); } while (0)

static jmp_buf boot_stopped;
static struct {
    char text[320];
} err; /* the last of what boot_stop() had to say */

void boot_stop(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(err.text, sizeof(err.text), fmt, ap);
    va_end(ap);
    longjmp(boot_stopped, 1);
}

/* 0 if the statement comes to its end, -1 if it ends in boot_stop(). */
#define boot_try(statement)                                                    \
    ({                                                                         \
        volatile int tried_ = -1;                                              \
        if (!setjmp(boot_stopped)) {                                           \
            statement;                                                         \
            tried_ = 0;                                                        \
        }                                                                      \
        tried_;                                                                \
    })

/* As the hypervisor's own is before a parser gets it. */
static inline void boot_info_init(struct boot_info *info)
{
    info->nr_entries = info->nr_memory = info->nr_modules = 0;
    info->cmdline = NULL;
    info->rsdp_size = info->text_used = 0;
}

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
static inline void boot_require_message(void)
{
    boot_require(err.text[0] && strnlen(err.text, sizeof(err.text)) < sizeof(err.text) - 1);
}

#endif
