/* SPDX-License-Identifier: MIT
 * Pipes: a frame of ring buffer, readers asleep on the pipe, writers on the byte after it. User
 * memory is touched only outside the lock, through a small buffer on the stack, because touching it
 * may sleep. */
#include "arch/seam.h"
#include "lib/spinlock.h"
#include "memory/frame.h"
#include "process/abi.h"
#include "process/file.h"
#include "process/process.h"

#define PIPE_BYTES 2048
#define CHUNK 256

struct pipe {
    struct spinlock lock;
    uint64_t pfn;              /* of this very frame */
    unsigned produced, consumed;
    bool readable, writable;   /* the ends that are still open */
    char data[PIPE_BYTES];
};

bool pipe_create(struct file *ends[2])
{
    uint64_t pfn = frame_alloc();
    struct pipe *p = frame_address(pfn);

    ends[0] = file_new(FILE_PIPE_READ);
    ends[1] = file_new(FILE_PIPE_WRITE);
    if (!pfn || !ends[0] || !ends[1]) {
        file_put(ends[0]);
        file_put(ends[1]);
        frame_put(pfn);
        return false;
    }
    p->pfn = pfn;
    p->readable = p->writable = true;
    ends[0]->pipe = ends[1]->pipe = p;
    return true;
}

void pipe_close(struct pipe *p, bool writer)
{
    bool irq = spin_lock(&p->lock), last;

    *(writer ? &p->writable : &p->readable) = false;
    last = !p->readable && !p->writable;
    spin_unlock(&p->lock, irq);
    process_wake(p);
    process_wake(p->data);
    if (last)
        frame_put(p->pfn);
}

long pipe_read(struct pipe *p, uint64_t to, size_t n)
{
    char chunk[CHUNK];
    size_t got = 0;
    bool irq = spin_lock(&p->lock);

    while (p->produced == p->consumed && p->writable && !current()->killed)
        process_sleep(p, &p->lock, 0);
    while (got < n && got < CHUNK && p->consumed != p->produced)
        chunk[got++] = p->data[p->consumed++ % PIPE_BYTES];
    spin_unlock(&p->lock, irq);
    process_wake(p->data);
    return user_copy_out(to, chunk, got) ? (long)got : -E_FAULT;
}

static size_t pipe_put(struct pipe *p, const char *chunk, size_t n)
{
    size_t put = 0;
    bool irq = spin_lock(&p->lock);

    while (p->produced - p->consumed == PIPE_BYTES && p->readable && !current()->killed)
        process_sleep(p->data, &p->lock, 0);
    if (p->readable && !current()->killed)
        while (put < n && p->produced - p->consumed < PIPE_BYTES)
            p->data[p->produced++ % PIPE_BYTES] = chunk[put++];
    spin_unlock(&p->lock, irq);
    process_wake(p);
    return put;
}

long pipe_write(struct pipe *p, uint64_t from, size_t n)
{
    char chunk[CHUNK];
    size_t done = 0;

    while (done < n) {
        size_t part = n - done < CHUNK ? n - done : CHUNK, put;

        if (!user_copy_in(chunk, from + done, part))
            return done ? (long)done : -E_FAULT;
        put = pipe_put(p, chunk, part);
        if (!put)
            return done ? (long)done : -E_PIPE;
        done += put;
    }
    return (long)done;
}
