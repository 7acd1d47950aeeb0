/* SPDX-License-Identifier: MIT */
/* See early.h. */
#include "memory/early.h"

#define RANGES_MAX 640

static struct {
    uint64_t start, end;
} ranges[RANGES_MAX];
static unsigned int count;

void early_add(uint64_t start, uint64_t end)
{
    start = align_up(start, PAGE_SIZE);
    end = align_down(end, PAGE_SIZE);
    if (start >= end || count == RANGES_MAX)
        return; /* a range too many is lost, not dangerous */
    ranges[count].start = start;
    ranges[count++].end = end;
}

void early_reserve(uint64_t start, uint64_t end)
{
    start = align_down(start, PAGE_SIZE);
    end = align_up(end, PAGE_SIZE);
    for (unsigned int i = 0, n = count; i < n; i++) {
        uint64_t old_end = ranges[i].end;

        if (end <= ranges[i].start || start >= old_end)
            continue;
        ranges[i].end = max(start, ranges[i].start); /* what is below stays; it may be empty */
        early_add(end, old_end);
    }
}

uint64_t early_take(uint64_t bytes, uint64_t align, uint64_t limit)
{
    uint64_t best = 0;
    unsigned int from = 0;

    for (unsigned int i = 0; i < count; i++) {
        uint64_t end = min(ranges[i].end, limit), start;

        if (end < ranges[i].start || end - ranges[i].start < bytes)
            continue;
        start = align_down(end - bytes, align);
        if (start >= ranges[i].start && start > best) {
            best = start;
            from = i;
        }
    }
    if (best) {
        uint64_t end = ranges[from].end;

        ranges[from].end = best;
        early_add(best + bytes, end);
    }
    return best;
}

bool early_range(unsigned int i, uint64_t *start, uint64_t *end)
{
    if (i >= count)
        return false;
    *start = ranges[i].start;
    *end = ranges[i].end;
    return true;
}
