/* SPDX-License-Identifier: MIT
 * The console as a terminal: input by lines with echo, or raw for programs that edit themselves. */
#ifndef DEVICE_TERMINAL_H
#define DEVICE_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

struct file;

struct file *terminal_open(void);
void terminal_mode(int mode);
void terminal_foreground(int group); /* whom ctrl-c ends */
long terminal_read(uint64_t to, size_t n);
long terminal_write(uint64_t from, size_t n);

#endif
