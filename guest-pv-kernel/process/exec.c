/* SPDX-License-Identifier: MIT
 * exec: a static ELF64 program from the ramdisk into a new address space. Everything that can fail
 * happens before the old space is given up. */
#include "device/ramdisk.h"
#include "lib/print.h"
#include "lib/string.h"
#include "memory/frame.h"
#include "process/abi.h"
#include "process/process.h"

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

#define SEGMENT_LOAD 1
#define SEGMENT_EXECUTE 1
#define SEGMENT_WRITE 2

static const struct elf_header *elf_check(const char *data, size_t size)
{
    const struct elf_header *h = (const void *)data;

    if (size < sizeof(*h) || memcmp(h->ident, "\177ELF\2\1", 6) || h->type != 2 ||
        h->machine != 62 || h->phentsize != sizeof(struct elf_segment) || h->phoff > size ||
        h->phnum > (size - h->phoff) / sizeof(struct elf_segment))
        return NULL;
    return h;
}

static bool load_page(struct space *s, const char *data, const struct elf_segment *g, uint64_t va)
{
    uint64_t pfn = frame_alloc(), from = va > g->vaddr ? va : g->vaddr;
    uint64_t to = va + PAGE_SIZE < g->vaddr + g->filesz ? va + PAGE_SIZE : g->vaddr + g->filesz;
    uint64_t flags = (g->flags & SEGMENT_WRITE ? PTE_W : 0) |
                     (g->flags & SEGMENT_EXECUTE ? 0 : PTE_NX);

    if (!pfn)
        return false;
    if (from < to)
        memcpy((char *)frame_address(pfn) + (from - va), data + g->offset + (from - g->vaddr),
               to - from);
    if (space_map(s, va, pfn, flags))
        return true;
    frame_put(pfn);
    return false;
}

static int load_segment(struct space *s, const char *data, size_t size, const struct elf_segment *g)
{
    if (g->filesz > g->memsz || g->offset > size || g->filesz > size - g->offset ||
        g->vaddr < USER_TEXT || g->vaddr >= USER_END / 2 || g->memsz > USER_END / 2)
        return -E_NOEXEC;
    for (uint64_t va = g->vaddr & ~(PAGE_SIZE - 1UL); va < g->vaddr + g->memsz; va += PAGE_SIZE) {
        if (space_lookup(s, va)) /* segments share no page */
            return -E_NOEXEC;
        if (!load_page(s, data, g, va))
            return -E_NOMEM;
        if (va + PAGE_SIZE > s->heap)
            s->heap = s->brk = va + PAGE_SIZE;
    }
    return 0;
}

/* The top stack page, low to high: argv array, NULL, strings. Returns the stack pointer or 0. */
static uint64_t load_stack(struct space *s, const char *args, size_t args_size, int argc)
{
    uint64_t pfn = frame_alloc(), va = USER_STACK_TOP - PAGE_SIZE;
    uint64_t strings = PAGE_SIZE - ((args_size + 15) & ~15UL);
    uint64_t array = strings - (((uint64_t)argc + 2) & ~1UL) * 8;
    char *page = frame_address(pfn);

    if (!pfn)
        return 0;
    memcpy(page + strings, args, args_size);
    for (uint64_t i = 0, at = 0; i < (uint64_t)argc; i++) {
        ((uint64_t *)(page + array))[i] = va + strings + at;
        at += strlen(args + at) + 1;
    }
    if (space_map(s, va, pfn, PTE_W | PTE_NX))
        return va + array;
    frame_put(pfn);
    return 0;
}

static int load_program(struct space *s, const char *path, uint64_t *entry)
{
    size_t size;
    const char *data = ramdisk_find(path, &size);
    const struct elf_header *h;
    const struct elf_segment *g;
    int rc = 0;

    if (!data)
        return -E_NOENT;
    h = elf_check(data, size);
    if (!h)
        return -E_NOEXEC;
    g = (const void *)(data + h->phoff);
    for (unsigned i = 0; i < h->phnum && !rc; i++)
        if (g[i].type == SEGMENT_LOAD)
            rc = load_segment(s, data, size, &g[i]);
    *entry = h->entry;
    return rc;
}

int process_exec(struct process *p, const char *path, char *args, size_t args_size, int argc)
{
    struct space new, old;
    uint64_t entry = 0, sp = 0;
    bool had = p->has_space, irq;
    int rc;

    if (!space_create(&new))
        return -E_NOMEM;
    rc = load_program(&new, path, &entry);
    if (!rc) {
        sp = load_stack(&new, args, args_size, argc);
        rc = sp ? 0 : -E_NOMEM;
    }
    if (rc) {
        space_destroy(&new);
        return rc;
    }
    irq = irq_save();
    old = p->space;
    p->space = new;
    p->has_space = true;
    p->catcher = 0;
    regs_set_user(process_regs(p), entry, sp);
    process_regs(p)->rdi = (uint64_t)argc;
    process_regs(p)->rsi = sp;
    string_copy(p->name, path, sizeof(p->name));
    process_reset_fpu(p);
    if (p == current()) {
        root_switch(&p->space.root, (uint64_t)p->stack + STACK_SIZE);
        fpu_restore(p->fpu);
    }
    irq_restore(irq);
    if (had)
        space_destroy(&old);
    return 0;
}
