/* SPDX-License-Identifier: MIT */
/* See serial.h. 115200 baud, 8 bits, no parity. Without a UART (registers read all ones) output
 * vanishes. */
#include "machine/serial.h"
#include "lib/string.h"
#include "machine/insn.h"

#define COM1 0x3f8

enum uart_register {
    UART_DATA = 0,
    UART_INTERRUPTS = 1, /* bit 0 receive, bit 1 transmitter empty */
    UART_FIFO = 2,
    UART_LINE = 3,
    UART_MODEM = 4,
    UART_STATUS = 5,
};

#define STATUS_RECEIVED 0x01
#define STATUS_TX_EMPTY 0x20
#define STATUS_TX_DONE  0x40 /* and nothing left in the FIFO or on the wire */
#define FIFO_DEPTH      16u

#define TX_SIZE 65536u /* powers of two: indices run freely */
#define RX_SIZE 8192u

static char tx_ring[TX_SIZE], rx_ring[RX_SIZE];
static uint32_t tx_in, tx_out, rx_in, rx_out;
static bool present, interrupts;
static uint8_t enabled; /* what UART_INTERRUPTS holds */

void serial_init(void)
{
    static const struct {
        uint8_t reg, value;
    } setup[] = {
        {UART_INTERRUPTS, 0}, {UART_LINE, 0x80}, {UART_DATA, 1},     {UART_INTERRUPTS, 0},
        {UART_LINE, 0x03},    {UART_FIFO, 0x07}, {UART_MODEM, 0x0b}, {UART_FIFO, 0x01},
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(setup); i++)
        outb(COM1 + setup[i].reg, setup[i].value);
    present = inb(COM1 + UART_STATUS) != 0xff;
}

/* Receive interrupts only while there is room, transmit interrupts only while there is something to
 * send. */
static void uart_enable(void)
{
    uint8_t want = (rx_in - rx_out < RX_SIZE ? 1 : 0) | (tx_in != tx_out ? 2 : 0);

    if (!interrupts || want == enabled)
        return;
    outb(COM1 + UART_INTERRUPTS, want);
    enabled = want;
}

static void move_bytes(void)
{
    while (rx_in - rx_out < RX_SIZE && inb(COM1 + UART_STATUS) & STATUS_RECEIVED)
        rx_ring[rx_in++ % RX_SIZE] = (char)inb(COM1 + UART_DATA);
    while (tx_in != tx_out && inb(COM1 + UART_STATUS) & STATUS_TX_EMPTY) {
        uint32_t at = tx_out % TX_SIZE, n = min(min(tx_in - tx_out, FIFO_DEPTH), TX_SIZE - at);

        outb_string(COM1 + UART_DATA, tx_ring + at, n);
        tx_out += n;
    }
    uart_enable();
}

/*
 * The interrupt is edge-triggered: if one cause comes while another still holds the line there is
 * no new edge. So nothing is left pending here. The bound is for a UART that lies.
 */
void serial_service(void)
{
    if (!present)
        return;
    for (unsigned int i = 0; i < 64; i++) {
        move_bytes();
        if (!interrupts || inb(COM1 + UART_FIFO) & 1) /* read, it tells the pending cause; 1: none */
            break;
    }
}

/* A UART that does not move anything any more counts as none. */
void serial_drain(void)
{
    for (unsigned int i = 0; present && i < 10000000 && !(tx_in == tx_out && inb(COM1 + UART_STATUS) & STATUS_TX_DONE); i++)
        move_bytes();
    present &= tx_in == tx_out;
}

void serial_interrupts_on(void)
{
    interrupts = present;
    serial_service();
}

size_t serial_room(void)
{
    return TX_SIZE - (tx_in - tx_out);
}

size_t serial_write(const char *text, size_t n)
{
    size_t take;

    if (!present)
        return n;
    take = min(n, serial_room());
    for (size_t done = 0, n_now; done < take; done += n_now) {
        n_now = min(take - done, TX_SIZE - tx_in % TX_SIZE);
        memcpy(tx_ring + tx_in % TX_SIZE, text + done, n_now);
        tx_in += (uint32_t)n_now;
    }
    return take;
}

int serial_read(void)
{
    int c = rx_in == rx_out ? -1 : (uint8_t)rx_ring[rx_out++ % RX_SIZE];

    uart_enable();
    return c;
}
