/* SPDX-License-Identifier: MIT
 * Open files: the terminal, ramdisk files, pipe ends. */
#ifndef PROCESS_FILE_H
#define PROCESS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pipe;

enum file_kind { FILE_TERMINAL, FILE_RAMDISK, FILE_PIPE_READ, FILE_PIPE_WRITE };

struct file {
    enum file_kind kind;
    unsigned references; /* 0: this slot is free */
    const char *data;    /* ramdisk */
    size_t size, offset;
    struct pipe *pipe;
};

struct file *file_new(enum file_kind kind);
struct file *file_get(struct file *f); /* NULL stays NULL */
void file_put(struct file *f);
long file_read(struct file *f, uint64_t to, size_t n);
long file_write(struct file *f, uint64_t from, size_t n);

bool pipe_create(struct file *ends[2]);
void pipe_close(struct pipe *p, bool writer);
long pipe_read(struct pipe *p, uint64_t to, size_t n);
long pipe_write(struct pipe *p, uint64_t from, size_t n);

#endif
