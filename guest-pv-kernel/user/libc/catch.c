/* SPDX-License-Identifier: MIT
 * Own exceptions as values, over the catch system call: the kernel starts the handler instead of
 * ending the process, and the handler leaves to where catch_run began. */
#include "user.h"

static struct caught *caught;
static uint64_t saved_sp;

uint64_t catch_call(uint64_t (*fn)(uint64_t), uint64_t arg, uint64_t *save);
void catch_back(uint64_t sp) __attribute__((noreturn));
void exit_status(int status);

static void handler(uint64_t vector, uint64_t error, uint64_t rip, uint64_t address)
{
    *caught = (struct caught){true, vector, error, rip, address};
    catch_back(saved_sp);
}

uint64_t catch_run(struct caught *c, uint64_t (*fn)(uint64_t), uint64_t arg)
{
    uint64_t value;

    *c = (struct caught){0};
    caught = c;
    CALL(catch, handler, 0, 0);
    value = catch_call(fn, arg, &saved_sp);
    CALL(catch, 0, 0, 0);
    return value;
}

void exit_status(int status)
{
    exit(status);
}
