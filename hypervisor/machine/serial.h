/* SPDX-License-Identifier: MIT */
/*
 * The UART (16550 at COM1). Output goes through a ring that the transmit interrupt empties, so that
 * nobody waits for the wire; input is taken from the receive interrupt into a ring, and left in the
 * UART (which then holds the sender back) while that ring is full. All functions are called under the
 * console lock.
 */
#pragma once

#include "lib/types.h"

void serial_init(void);

/* Queues what fits, returns how many bytes were taken. They go out by serial_service(), which starts the transmitter. */
size_t serial_write(const char *text, size_t n);
size_t serial_room(void); /* bytes serial_write would take now */

/* Next input byte, -1: none. */
int serial_read(void);

/* Moves bytes both ways, as far as the UART is ready: for the interrupt, and after writing. */
void serial_service(void);

/* From now on the UART may interrupt. */
void serial_interrupts_on(void);

/* Waits for the wire: all that was written has gone out. */
void serial_drain(void);
