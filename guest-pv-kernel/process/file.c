/* SPDX-License-Identifier: MIT
 * The table of open files. Invariant: a slot is free exactly when its count is zero. */
#include "process/file.h"

#include "arch/seam.h"
#include "device/terminal.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "process/abi.h"

static struct file files[96];
static struct spinlock file_lock;

struct file *file_new(enum file_kind kind)
{
    bool irq = spin_lock(&file_lock);
    struct file *f = NULL;

    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]) && !f; i++)
        if (!files[i].references) {
            f = &files[i];
            memset(f, 0, sizeof(*f));
            f->kind = kind;
            f->references = 1;
        }
    spin_unlock(&file_lock, irq);
    return f;
}

struct file *file_get(struct file *f)
{
    if (f)
        __atomic_add_fetch(&f->references, 1, __ATOMIC_SEQ_CST);
    return f;
}

void file_put(struct file *f)
{
    struct pipe *pipe;
    enum file_kind kind;

    if (!f)
        return;
    pipe = f->pipe;
    kind = f->kind;
    if (__atomic_sub_fetch(&f->references, 1, __ATOMIC_SEQ_CST) == 0 && pipe)
        pipe_close(pipe, kind == FILE_PIPE_WRITE);
}

static long ramdisk_read(struct file *f, uint64_t to, size_t n)
{
    if (n > f->size - f->offset)
        n = f->size - f->offset;
    if (!user_copy_out(to, f->data + f->offset, n))
        return -E_FAULT;
    f->offset += n;
    return (long)n;
}

long file_read(struct file *f, uint64_t to, size_t n)
{
    switch (f->kind) {
    case FILE_TERMINAL:
        return terminal_read(to, n);
    case FILE_RAMDISK:
        return ramdisk_read(f, to, n);
    case FILE_PIPE_READ:
        return pipe_read(f->pipe, to, n);
    default:
        return -E_BADF;
    }
}

long file_write(struct file *f, uint64_t from, size_t n)
{
    switch (f->kind) {
    case FILE_TERMINAL:
        return terminal_write(from, n);
    case FILE_PIPE_WRITE:
        return pipe_write(f->pipe, from, n);
    default:
        return -E_BADF;
    }
}
