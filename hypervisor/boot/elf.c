/* SPDX-License-Identifier: MIT */
/*
 * Understands ELF64 PV kernels by the rules of Xen's loader: a segment goes where its *physical* address says, moved
 * by virt_base - paddr_offset; p_vaddr and (if there is an ENTRY note) e_entry do not count. So a kernel linked at
 * 1 MiB with VIRT_BASE 0 and one linked at -2 GiB both come out right.
 */
#include "boot/elf_file.h"

#define RESERVED_END 0xffff880000000000UL /* of what the ABI keeps for the hypervisor */

static void read_header(struct elf_file *f)
{
    const Elf64_Ehdr *h = &f->header;

    boot_stop_if(!elf_entry(f, 0, 0, &f->header, sizeof(f->header)) || memcmp(h->e_ident, ELFMAG, SELFMAG),
                 "kernel: not an ELF file (%zu bytes); give a PV kernel's ELF, which hypervisor/tools/extract-vmlinux "
                 "takes out of a bzImage (make run does)", f->size);
    boot_stop_if(h->e_ident[EI_CLASS] == ELFCLASS32 || h->e_machine == EM_386,
                 "kernel: a 32-bit ELF; 32-bit PV guests are not supported, build it for x86-64");
    boot_stop_if(h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_ident[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_X86_64,
                 "kernel: ELF class %u, byte order %u, machine %u is not x86-64; build it for x86-64",
                 h->e_ident[EI_CLASS], h->e_ident[EI_DATA], h->e_machine);
    boot_stop_if(h->e_type == ET_DYN, "kernel: position independent (ET_DYN); the PV loader applies no relocations, "
                 "link it with -no-pie");
    boot_stop_if(h->e_type != ET_EXEC, "kernel: ELF type %u is not an executable (2); link it", h->e_type);
    boot_stop_if(h->e_phnum == 0 || h->e_phentsize != sizeof(Elf64_Phdr),
                 "kernel: %u program headers of %u bytes; at least one of %zu bytes is needed", h->e_phnum,
                 h->e_phentsize, sizeof(Elf64_Phdr));
}

static void add_segment(const struct elf_file *f, unsigned int n, const Elf64_Phdr *p, struct guest_image *image)
{
    uint64_t end;

    boot_stop_if(p->p_filesz > p->p_memsz || !elf_range(f, p->p_offset, p->p_filesz),
                 "kernel: program header %u takes 0x%lx bytes at file offset 0x%lx for 0x%lx in memory, the file has "
                 "0x%zx: it is truncated or damaged", n, p->p_filesz, p->p_offset, p->p_memsz, f->size);
    boot_stop_if(__builtin_add_overflow(p->p_paddr, p->p_memsz, &end),
                 "kernel: program header %u wraps round the address space: 0x%lx bytes at 0x%lx", n, p->p_memsz,
                 p->p_paddr);
    boot_stop_if(image->nr_segments == GUEST_SEGMENTS_MAX,
                 "kernel: more than %u loadable segments; merge some in its linker script", GUEST_SEGMENTS_MAX);
    for (size_t i = 0; i < image->nr_segments; i++) {
        const Elf64_Phdr *s = &image->segments[i];

        boot_stop_if(p->p_paddr < s->p_paddr + s->p_memsz && s->p_paddr < end,
                     "kernel: program header %u (0x%lx-0x%lx) overlaps another (0x%lx-0x%lx); correct p_paddr in its "
                     "linker script", n, p->p_paddr, end, s->p_paddr, s->p_paddr + s->p_memsz);
    }
    image->segments[image->nr_segments++] = *p;
}

static void read_segments(const struct elf_file *f, struct guest_image *image)
{
    for (unsigned int i = 0; i < f->header.e_phnum; i++) {
        Elf64_Phdr p;

        boot_stop_if(!elf_entry(f, f->header.e_phoff, i, &p, sizeof(p)),
                     "kernel: program header %u lies outside the file: it is truncated or damaged", i);
        if (p.p_type == PT_LOAD && p.p_flags & (PF_R | PF_W | PF_X) && p.p_memsz)
            add_segment(f, i, &p, image);
    }
    boot_stop_if(!image->nr_segments, "kernel: no loadable program header; link it as an executable");
}

/* One half of the address space, and clear of the hypervisor's part. */
static bool addressable(uint64_t start, uint64_t end)
{
    return start < end && (end <= 1UL << 47 || start >= RESERVED_END);
}

static void place(const struct elf_file *f, struct guest_image *image)
{
    uint64_t start = UINT64_MAX, end = 0, base, move;

    boot_stop_if(image->virt_base == GUEST_IMAGE_UNSET && image->paddr_offset != GUEST_IMAGE_UNSET,
                 "kernel: has a PADDR_OFFSET note but no VIRT_BASE; add XEN_ELFNOTE_VIRT_BASE");
    if (image->virt_base == GUEST_IMAGE_UNSET)
        image->virt_base = 0;
    /* Before there were notes, p_paddr was a virtual address. */
    if (image->paddr_offset == GUEST_IMAGE_UNSET)
        image->paddr_offset = image->legacy ? image->virt_base : 0;
    base = image->virt_base;
    move = base - image->paddr_offset;
    for (Elf64_Phdr *s = image->segments; s < image->segments + image->nr_segments; s++) {
        start = min(start, s->p_paddr);
        end = max(end, s->p_paddr + s->p_memsz);
        s->p_vaddr = s->p_paddr + move;
    }
    start += move;
    end += move;
    boot_stop_if(!is_aligned(base, PAGE_SIZE), "kernel: VIRT_BASE 0x%lx is not page-aligned", base);
    boot_stop_if(base > start || end - base > GUEST_IMAGE_SPAN_MAX,
                 "kernel: lies at 0x%lx-0x%lx, not within %lu GiB above VIRT_BASE 0x%lx; set XEN_ELFNOTE_VIRT_BASE to "
                 "the address of its pfn 0", start, end, GUEST_IMAGE_SPAN_MAX >> 30, base);
    boot_stop_if(!addressable(start, end) || end > -PAGE_SIZE || !addressable(base, end),
                 "kernel: would lie at 0x%lx-0x%lx (VIRT_BASE 0x%lx, PADDR_OFFSET 0x%lx), which is not in a guest's "
                 "part of the address space; correct the notes or p_paddr", start, end, base, image->paddr_offset);
    if (image->entry == GUEST_IMAGE_UNSET)
        image->entry = f->header.e_entry;
    boot_stop_if(image->entry < start || image->entry >= end,
                 "kernel: entry 0x%lx is outside the kernel at 0x%lx-0x%lx; correct the ENTRY note", image->entry,
                 start, end);
    image->v_start = align_down(start, PAGE_SIZE);
    image->v_end = align_up(end, PAGE_SIZE);
}

static void check_extras(const struct guest_image *image)
{
    uint64_t page = image->hypercall_page, p2m = image->p2m_base, start = image->v_start, end = image->v_end;

    boot_stop_if(page != GUEST_IMAGE_UNSET && (page < start || page >= end || !is_aligned(page, PAGE_SIZE)),
                 "kernel: HYPERCALL_PAGE 0x%lx must be a page of the kernel at 0x%lx-0x%lx", page, start, end);
    boot_stop_if(p2m != GUEST_IMAGE_UNSET && ((p2m >= start && p2m < end) || !is_aligned(p2m, PAGE_SIZE) ||
                                              !addressable(p2m, p2m + PAGE_SIZE)),
                 "kernel: INIT_P2M 0x%lx must be page-aligned, outside the kernel at 0x%lx-0x%lx and in the guest's "
                 "part of the address space", p2m, start, end);
}

void elf_parse(const void *file, size_t size, struct guest_image *out)
{
    struct elf_file f = {.data = file, .size = size};

    *out = (struct guest_image){
        .virt_base = GUEST_IMAGE_UNSET,
        .paddr_offset = GUEST_IMAGE_UNSET,
        .entry = GUEST_IMAGE_UNSET,
        .p2m_base = GUEST_IMAGE_UNSET,
        .hypercall_page = GUEST_IMAGE_UNSET,
    };
    read_header(&f);
    read_segments(&f, out);
    elf_notes_read(&f, out);
    place(&f, out);
    check_extras(out);
}
