/* SPDX-License-Identifier: MIT */
/*
 * The UART (16550 at COM1). Output goes through a ring that the transmit interrupt empties, so that
 * nobody waits for the wire; input is taken from the receive interrupt into a ring, and left in the
 * UART (which then holds the sender back) while that ring is full. All functions but serial_panic()
 * are called under the console lock.
 */
#pragma once

#include "lib/types.h"

void serial_init(void);

/* Queues what fits, returns how many bytes were taken. They go out by serial_flush(), which starts the transmitter. */
size_t serial_write(const char *text, size_t n);
void serial_flush(void);
size_t serial_room(void); /* bytes serial_write would take now */

/* Next input byte, -1: none. */
int serial_read(void);

/* Moves bytes both ways: called by the interrupt, and by serial_flush. */
void serial_service(void);

/* From now on the UART may interrupt. */
void serial_interrupts_on(void);

/* From now on whatever is written has gone out when serial_flush returns, and so has all that was written before. */
void serial_panic(void);
