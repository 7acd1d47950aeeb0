/* SPDX-License-Identifier: MIT */
/*
 * The console as the hypervisor writes to it: whole lines, prefixed "(PV) ". The console lock is
 * the lowest of all; domain/console.c takes it through console_lock() to write guests' lines and to
 * read input.
 */
#pragma once

#include "lib/types.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

extern enum log_level printk_level; /* lines above it are not printed (loglvl=) */

void printk_at(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_error(...)   printk_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) printk_at(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    printk_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   printk_at(LOG_DEBUG, __VA_ARGS__)
#define printk           log_info

void console_lock(void);
void console_unlock(void);
bool console_held(void); /* perhaps by what an NMI interrupted */

/*
 * Raw text, under the lock; \n becomes \r\n. What finds no room is dropped and the loss is told on
 * the next line that fits: a caller that can wait asks serial_room() first.
 */
void console_write(const char *text, size_t n);

/* Takes input and output that is due: the interrupt's handler. */
void console_service(void);

/* Called by console_service(), without the lock, when input may be waiting: domain/console.c sets
 * it. */
extern void (*console_input_hook)(void);

/* Panic, or the end of the machine: forget the lock, wait for the wire. */
void console_panic(void);
