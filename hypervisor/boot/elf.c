/* SPDX-License-Identifier: MIT */
/*
 * Loads ELF64 PV kernels by the rules of Xen's loader: a segment goes where its *physical* address
 * says, moved by virt_base - paddr_offset; p_vaddr and (if there is an ENTRY note) e_entry do not
 * count. So a kernel linked at 1 MiB with VIRT_BASE 0 and one linked at -2 GiB both come out right.
 */
#include "boot/elf_file.h"

#define RESERVED_END 0xffff880000000000UL /* of what the ABI keeps for the hypervisor */

static int read_header(struct elf_file *f, struct boot_error *err)
{
    const struct elf_header *h = &f->header;

    if (!elf_entry(f, 0, 0, &f->header, sizeof(f->header)) || memcmp(h->magic, "\177ELF", 4))
        return boot_fail(err, "kernel: not an ELF file (%zu bytes); give a PV kernel's ELF, which "
                         "hypervisor/tools/extract-vmlinux takes out of a bzImage (make run does)", f->size);
    if (h->class == ELF_CLASS_32 || h->machine == ELF_EM_386)
        return boot_fail(err, "kernel: a 32-bit ELF; 32-bit PV guests are not supported, build it "
                         "for x86-64");
    if (h->class != ELF_CLASS_64 || h->data != ELF_LITTLE_ENDIAN || h->machine != ELF_EM_X86_64)
        return boot_fail(err, "kernel: ELF class %u, byte order %u, machine %u is not x86-64; "
                         "build it for x86-64", h->class, h->data, h->machine);
    if (h->type == ELF_ET_DYN)
        return boot_fail(err, "kernel: position independent (ET_DYN); the PV loader applies no "
                         "relocations, link it with -no-pie");
    if (h->type != ELF_ET_EXEC)
        return boot_fail(err, "kernel: ELF type %u is not an executable (2); link it", h->type);
    if (h->phnum == 0 || h->phentsize != sizeof(struct elf_phdr))
        return boot_fail(err, "kernel: %u program headers of %u bytes; at least one of %zu bytes "
                         "is needed", h->phnum, h->phentsize, sizeof(struct elf_phdr));
    return 0;
}

static int add_segment(const struct elf_file *f, unsigned int n, const struct elf_phdr *p,
                       struct guest_image *image, struct boot_error *err)
{
    uint64_t end;

    if (p->filesz > p->memsz || !elf_range(f, p->offset, p->filesz))
        return boot_fail(err, "kernel: program header %u takes 0x%lx bytes at file offset 0x%lx "
                         "for 0x%lx in memory, the file has 0x%zx: it is truncated or damaged", n,
                         p->filesz, p->offset, p->memsz, f->size);
    if (__builtin_add_overflow(p->paddr, p->memsz, &end))
        return boot_fail(err, "kernel: program header %u wraps round the address space: 0x%lx "
                         "bytes at 0x%lx", n, p->memsz, p->paddr);
    if (image->nr_segments == GUEST_SEGMENTS_MAX)
        return boot_fail(err, "kernel: more than %u loadable segments; merge some in its linker "
                         "script", GUEST_SEGMENTS_MAX);
    for (size_t i = 0; i < image->nr_segments; i++) {
        const struct guest_segment *s = &image->segments[i];

        if (p->paddr < s->va + s->size && s->va < end)
            return boot_fail(err, "kernel: program header %u (0x%lx-0x%lx) overlaps another "
                             "(0x%lx-0x%lx); correct p_paddr in its linker script", n, p->paddr,
                             end, s->va, s->va + s->size);
    }
    image->segments[image->nr_segments++] = (struct guest_segment){
        .va = p->paddr, .size = p->memsz, .file_offset = p->offset, .file_size = p->filesz,
    };
    return 0;
}

/* Segments with va still a physical address; [*start, *end) is their extent. */
static int read_segments(const struct elf_file *f, struct guest_image *image, uint64_t *start,
                         uint64_t *end, struct boot_error *err)
{
    *start = UINT64_MAX;
    *end = 0;
    for (unsigned int i = 0; i < f->header.phnum; i++) {
        struct elf_phdr p;

        if (!elf_entry(f, f->header.phoff, i, &p, sizeof(p)))
            return boot_fail(err, "kernel: program header %u lies outside the file: it is "
                             "truncated or damaged", i);
        if (p.type != ELF_PT_LOAD || !(p.flags & (ELF_PF_R | ELF_PF_W | ELF_PF_X)) || !p.memsz)
            continue;
        if (add_segment(f, i, &p, image, err))
            return -1;
        *start = min(*start, p.paddr);
        *end = max(*end, p.paddr + p.memsz);
    }
    if (!image->nr_segments)
        return boot_fail(err, "kernel: no loadable program header; link it as an executable");
    return 0;
}

/* One half of the address space, and clear of the hypervisor's part. */
static bool addressable(uint64_t start, uint64_t end)
{
    return start < end && (end <= 1UL << 47 || start >= RESERVED_END);
}

static int place(const struct elf_file *f, struct guest_image *image, uint64_t start, uint64_t end,
                 struct boot_error *err)
{
    if (image->virt_base == GUEST_IMAGE_UNSET) {
        if (image->paddr_offset != GUEST_IMAGE_UNSET)
            return boot_fail(err, "kernel: has a PADDR_OFFSET note but no VIRT_BASE; add "
                             "XEN_ELFNOTE_VIRT_BASE");
        image->virt_base = 0;
    }
    /* Before there were notes, p_paddr was a virtual address. */
    if (image->paddr_offset == GUEST_IMAGE_UNSET)
        image->paddr_offset = image->legacy ? image->virt_base : 0;

    uint64_t move = image->virt_base - image->paddr_offset;

    for (size_t i = 0; i < image->nr_segments; i++)
        image->segments[i].va += move;
    start += move;
    end += move;
    if (!is_aligned(image->virt_base, PAGE_SIZE))
        return boot_fail(err, "kernel: VIRT_BASE 0x%lx is not page-aligned", image->virt_base);
    if (image->virt_base > start || end - image->virt_base > GUEST_IMAGE_SPAN_MAX)
        return boot_fail(err, "kernel: lies at 0x%lx-0x%lx, not within %lu GiB above VIRT_BASE "
                         "0x%lx; set XEN_ELFNOTE_VIRT_BASE to the address of its pfn 0", start,
                         end, GUEST_IMAGE_SPAN_MAX >> 30, image->virt_base);
    if (!addressable(start, end) || end > -PAGE_SIZE || !addressable(image->virt_base, end))
        return boot_fail(err, "kernel: would lie at 0x%lx-0x%lx (VIRT_BASE 0x%lx, PADDR_OFFSET "
                         "0x%lx), which is not in a guest's part of the address space; correct "
                         "the notes or p_paddr", start, end, image->virt_base,
                         image->paddr_offset);
    if (image->entry == GUEST_IMAGE_UNSET)
        image->entry = f->header.entry;
    if (image->entry < start || image->entry >= end)
        return boot_fail(err, "kernel: entry 0x%lx is outside the kernel at 0x%lx-0x%lx; correct "
                         "the ENTRY note", image->entry, start, end);
    image->v_start = align_down(start, PAGE_SIZE);
    image->v_end = align_up(end, PAGE_SIZE);
    return 0;
}

static int check_extras(const struct guest_image *image, struct boot_error *err)
{
    uint64_t page = image->hypercall_page, p2m = image->p2m_base;

    if (page != GUEST_IMAGE_UNSET &&
        (page < image->v_start || page >= image->v_end || !is_aligned(page, PAGE_SIZE)))
        return boot_fail(err, "kernel: HYPERCALL_PAGE 0x%lx must be a page of the kernel at "
                         "0x%lx-0x%lx", page, image->v_start, image->v_end);
    if (p2m != GUEST_IMAGE_UNSET &&
        ((p2m >= image->v_start && p2m < image->v_end) || !is_aligned(p2m, PAGE_SIZE) ||
         !addressable(p2m, p2m + PAGE_SIZE)))
        return boot_fail(err, "kernel: INIT_P2M 0x%lx must be page-aligned, outside the kernel at "
                         "0x%lx-0x%lx and in the guest's part of the address space", p2m,
                         image->v_start, image->v_end);
    return 0;
}

int elf_parse(const void *file, size_t size, struct guest_image *out, struct boot_error *err)
{
    struct elf_file f = { .data = file, .size = size };
    uint64_t start, end;

    *out = (struct guest_image){
        .virt_base = GUEST_IMAGE_UNSET, .paddr_offset = GUEST_IMAGE_UNSET,
        .entry = GUEST_IMAGE_UNSET, .p2m_base = GUEST_IMAGE_UNSET,
        .hypercall_page = GUEST_IMAGE_UNSET,
    };
    if (read_header(&f, err) || read_segments(&f, out, &start, &end, err) ||
        elf_notes_read(&f, out, err) || place(&f, out, start, end, err))
        return -1;
    return check_extras(out, err);
}

int elf_load(const struct guest_image *image, const void *file, guest_image_write *write,
             void *context)
{
    for (size_t i = 0; i < image->nr_segments; i++) {
        const struct guest_segment *s = &image->segments[i];
        int rc = write(context, s->va, (const uint8_t *)file + s->file_offset, s->file_size);

        if (!rc)
            rc = write(context, s->va + s->file_size, NULL, s->size - s->file_size);
        if (rc)
            return rc;
    }
    return 0;
}
