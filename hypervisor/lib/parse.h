/* SPDX-License-Identifier: MIT */
/*
 * Reading option text. Everything works on slices of the caller's text, nothing is copied or
 * changed; slices are not NUL-terminated.
 */
#pragma once

#include "lib/types.h"

struct slice {
    const char *text;
    size_t len;
};

/* A word of a command line: `key` or `key=value`. */
struct parse_token {
    struct slice key;
    struct slice value;    /* empty when there is no '=' */
    bool has_value;
    const char *start;     /* where the word begins in the line */
};

bool parse_equal(struct slice s, const char *text);

/* Takes the next blank-separated word off *line; false at the end. */
bool parse_next(const char **line, struct parse_token *token);

/* The whole slice must be a number: decimal, 0x hex or 0 octal; false on overflow too. */
bool parse_number(struct slice s, uint64_t *out);

/* As parse_number, with an optional K, M, G or T (binary) at the end. */
bool parse_size(struct slice s, uint64_t *out);
