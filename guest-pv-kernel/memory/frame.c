/* SPDX-License-Identifier: MIT
 * A free list threaded through one small record per frame. Invariant: a frame is on the list
 * exactly when its reference count is zero; frames that were never given to us (image, ramdisk,
 * p2m, first page tables) keep one reference for ever. */
#include "memory/frame.h"

#include "arch/seam.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "lib/string.h"

struct frame {
    uint32_t next; /* on the free list */
    uint32_t references;
};

extern char _text[], _stacks[], _estacks[];
static struct frame *frames;
static uint32_t free_head;
static uint64_t free_count, total_count;
static struct spinlock frame_lock;

static void frame_give(uint64_t from, uint64_t to)
{
    uint64_t ramdisk_end =
        machine.ramdisk_pfn + (machine.ramdisk_bytes + PAGE_SIZE - 1) / PAGE_SIZE;

    for (uint64_t pfn = from; pfn < to; pfn++) {
        if (!pfn || (pfn >= machine.ramdisk_pfn && pfn < ramdisk_end))
            continue;
        total_count++;
        frame_put(pfn);
    }
}

/* Free memory: from first_free to the end, the hole the builder's page tables left, and what lies
 * below the image. */
void frame_setup(uint64_t first_free, uint64_t hole, uint64_t hole_end)
{
    uint64_t need = (machine.pages * sizeof(struct frame) + PAGE_SIZE - 1) / PAGE_SIZE;

    frames = frame_address(first_free);
    for (uint64_t pfn = 0; pfn < machine.pages; pfn++)
        frames[pfn] = (struct frame){0, 1};
    frame_give(1, ((uint64_t)_text - VIRT_BASE) >> PAGE_SHIFT);
    frame_give(hole, hole_end);
    frame_give(first_free + need, machine.pages);
}

uint64_t frame_alloc(void)
{
    bool irq = spin_lock(&frame_lock);
    uint64_t pfn = free_head;

    if (pfn) {
        free_head = frames[pfn].next;
        frames[pfn] = (struct frame){0, 1};
        free_count--;
    }
    spin_unlock(&frame_lock, irq);
    if (pfn)
        memset(frame_address(pfn), 0, PAGE_SIZE);
    return pfn;
}

void frame_get(uint64_t pfn)
{
    bool irq = spin_lock(&frame_lock);

    frames[pfn].references++;
    spin_unlock(&frame_lock, irq);
}

void frame_put(uint64_t pfn)
{
    bool irq;

    if (!pfn)
        return;
    irq = spin_lock(&frame_lock);
    ensure(frames[pfn].references);
    if (--frames[pfn].references == 0) {
        frames[pfn].next = free_head;
        free_head = (uint32_t)pfn;
        free_count++;
    }
    spin_unlock(&frame_lock, irq);
}

unsigned frame_references(uint64_t pfn)
{
    return frames[pfn].references;
}

uint64_t frame_free_count(void)
{
    return free_count;
}

uint64_t frame_total_count(void)
{
    return total_count;
}

bool frame_is_guard(uint64_t va)
{
    return va >= (uint64_t)_stacks && va < (uint64_t)_estacks && va % STACK_SIZE < PAGE_SIZE;
}
