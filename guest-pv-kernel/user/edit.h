/* SPDX-License-Identifier: MIT
 * Line editing with history, for the shell: reads raw keys, keeps the screen in step. */
#ifndef EDIT_H
#define EDIT_H

#include <stddef.h>

void edit_line(const char *prompt, char *line, size_t size);

#endif
