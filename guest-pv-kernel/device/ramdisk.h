/* SPDX-License-Identifier: MIT
 * The files the kernel was given at boot: a cpio archive (newc), read in place. */
#ifndef DEVICE_RAMDISK_H
#define DEVICE_RAMDISK_H

#include <stdbool.h>
#include <stddef.h>

const char *ramdisk_find(const char *name, size_t *size); /* NULL: no such file */
bool ramdisk_nth(unsigned index, const char **name, size_t *size);

#endif
