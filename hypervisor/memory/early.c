/* SPDX-License-Identifier: MIT */
/* See early.h. */
#include "memory/early.h"
#include "memory/alloc.h"

#define RANGES_MAX 640

static struct range {
    uint64_t start, end;
} ranges[RANGES_MAX];
static unsigned int count;

void early_add(uint64_t start, uint64_t end)
{
    if (start < end && count < RANGES_MAX) /* a range too many is lost, not dangerous */
        ranges[count++] = (struct range){start, end};
}

uint64_t early_take(uint64_t bytes, uint64_t align, uint64_t limit)
{
    for (unsigned int i = count; i--;) {
        struct range r = ranges[i];
        uint64_t start = align_down(min(r.end, limit) - bytes, align);

        if (min(r.end, limit) < bytes || start < r.start)
            continue;
        ranges[i].end = start;
        early_add(start + bytes, r.end);
        return start;
    }
    return 0;
}

void early_end(void)
{
    for (unsigned int i = 0; i < count; i++)
        alloc_add_range(ranges[i].start >> PAGE_SHIFT, ranges[i].end >> PAGE_SHIFT);
}
